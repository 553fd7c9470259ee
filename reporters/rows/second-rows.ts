import type { MeasurementData, SecondBucket } from '../../src/domain/measurement.ts'
import type { ResourceColumn, ResourceMetricId } from '../../src/domain/resource.ts'
import { resourceMetric } from '../../src/domain/resource.ts'

/** A cell: a missing value is `null`, never 0. */
type Cell = string | number | null

/** Which load a row belongs to. */
interface LoadKey {
  readonly run: string
  readonly load: string
  readonly file: string
  readonly test: string
  readonly label: string
}

/** One second of one load; the names are the columns of CSV. */
export type SecondRow = LoadKey & Readonly<Record<string, Cell>>

function keyOf({ runId, plan, specId }: MeasurementData): LoadKey {
  return { run: runId, load: plan.id, file: specId.file, test: specId.path.join(' > '), label: specId.label }
}

/** The seconds of a load, all phases. Counts are of what happened in the second, except those of what was due in it. */
export function secondRows(data: MeasurementData): SecondRow[] {
  const started = Date.parse(data.startedAt)
  return data.buckets.map((bucket: SecondBucket) => ({
    ...keyOf(data),
    time: new Date(started + bucket.second * 1000).toISOString(),
    second: bucket.second,
    phase: bucket.phase,
    sent: bucket.sent,
    completed: bucket.completed,
    failed: bucket.failed,
    output_tokens: bucket.outputTokens,
    bytes_received: bucket.bytesReceived,
    latency_p50_us: bucket.latencyP50Us,
    latency_p99_us: bucket.latencyP99Us,
    users: bucket.usersActive,
    queued: bucket.queued,
    due: bucket.attempted,
    due_good: bucket.good,
    due_within_slo: bucket.withinSlo,
    due_unsent: bucket.unsent,
  }))
}

/** What was watched beside a load, one row for each sample and metric. */
export function watchedRows(data: MeasurementData): SecondRow[] {
  const started = Date.parse(data.startedAt)
  return data.watched.flatMap(({ name, samples }) =>
    samples.atUs.flatMap((atUs, i) =>
      (Object.entries(samples.columns) as [ResourceMetricId, ResourceColumn][])
        .filter(([, column]) => column.mean[i] != null)
        .map(([metric, { mean, max }]) => ({
          ...keyOf(data),
          time: new Date(started + atUs / 1000).toISOString(),
          second: atUs / 1e6,
          span_s: samples.spanUs[i]! / 1e6,
          watched: name,
          metric,
          unit: resourceMetric(metric).unit,
          mean: mean[i]!,
          max: max[i] ?? null,
        })),
    ),
  )
}

/** Columns of the seconds, in their order. */
export const SECOND_COLUMNS: readonly string[] =
  'run load file test label time second phase sent completed failed output_tokens bytes_received latency_p50_us latency_p99_us users queued due due_good due_within_slo due_unsent'.split(
    ' ',
  )

/** Columns of what was watched. */
export const WATCHED_COLUMNS: readonly string[] =
  'run load file test label time second span_s watched metric unit mean max'.split(' ')

/**
 * Lines of CSV after RFC 4180. A text that a spreadsheet would take for a formula has an apostrophe before it.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLines(columns: readonly string[], rows: readonly SecondRow[]): string {
  return rows.map((row) => `${columns.map((column) => csvCell(row[column] ?? null)).join(',')}\r\n`).join('')
}

function csvCell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Lines of NDJSON: seconds and samples tell each other apart by `kind`. */
export function ndjsonLines(kind: 'second' | 'sample', rows: readonly SecondRow[]): string {
  return rows.map((row) => `${JSON.stringify({ kind, ...row })}\n`).join('')
}
