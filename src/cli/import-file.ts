import { parse } from 'csv-parse/sync'
import { LoadError } from '../domain/load-error.ts'
import {
  isRecordedMetricId,
  LOAD_METRICS,
  type LoadMetricId,
  type MetricUnit,
  requestMetric,
} from '../domain/metric.ts'
import type { DistributionId, RecordedMetricId } from '../domain/metric.ts'
import { describe } from '../domain/quantity.ts'
import { isStagePath, STAGE_PATH_FORM } from '../domain/stage-name.ts'
import type { ImportedValue } from '../store/imported-run.ts'

/** What a row says where it says nothing itself. */
export interface ImportDefaults {
  readonly spec: string
  readonly metric: RecordedMetricId
  /** `null`: seconds for durations. */
  readonly unit: string | null
}

const COLUMNS = ['label', 'value', 'unit', 'metric', 'round', 'commit', 'date', 'stage', 'spec'] as const
type Cells = Readonly<Partial<Record<(typeof COLUMNS)[number], unknown>>>

const MICROSECONDS: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, µs: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6 }

/** Values of a file, and whether a duration came without a unit and was taken as seconds. */
export interface ImportFile {
  readonly values: readonly ImportedValue[]
  readonly assumedSeconds: boolean
}

/**
 * Reads CSV with a header, or JSON: a list of numbers, or of objects with the columns as keys.
 * @param name of the file, for messages; its ending tells the format
 * @throws LoadError `invalid-option` naming line and column, what stands there and what it takes
 */
export function readImportFile(text: string, name: string, defaults: ImportDefaults): ImportFile {
  const rows = /\.json$/i.test(name) ? jsonRows(text, name) : csvRows(text, name)
  if (rows.length === 0) throw new LoadError('invalid-option', `${name}: there is no value in it`)
  let assumedSeconds = false
  const values = rows.map(({ cells, where }): ImportedValue => {
    const metric = metricOf(cells.metric, defaults.metric, where)
    const stage = textOf(cells.stage)
    if (stage !== null && !isStagePath(stage))
      throw new LoadError('invalid-option', `${where}, stage: got ${describe(stage)}, ${STAGE_PATH_FORM}`)
    const unit = textOf(cells.unit) ?? defaults.unit
    const read = valueOf(cells.value, unit, stage === null ? unitOf(metric) : 'us', where)
    if (read.assumedSeconds) assumedSeconds = true
    const commit = textOf(cells.commit)
    const label = textOf(cells.label) ?? commit?.slice(0, 7)
    if (label === undefined)
      throw new LoadError(
        'invalid-option',
        `${where}: got neither label nor commit, takes one of them to name a version`,
      )
    return {
      spec: textOf(cells.spec) ?? defaults.spec,
      label,
      commit,
      metric,
      stage,
      round: textOf(cells.round),
      date: dateOf(cells.date, where),
      value: read.value,
    }
  })
  return { values, assumedSeconds }
}

interface Row {
  readonly cells: Cells
  /** `history.csv line 3`. */
  readonly where: string
}

function csvRows(text: string, name: string): Row[] {
  let rows: { record: Record<string, string>; info: { lines: number } }[]
  try {
    rows = parse(text, { columns: true, trim: true, bom: true, info: true, skip_empty_lines: true })
  } catch (error) {
    throw new LoadError('invalid-option', `${name} is not CSV: ${(error as Error).message}`, { cause: error })
  }
  return rows.map(({ record, info }) => ({ cells: known(record, name), where: `${name} line ${info.lines}` }))
}

function jsonRows(text: string, name: string): Row[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (error) {
    throw new LoadError('invalid-option', `${name} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  if (!Array.isArray(list))
    throw new LoadError('invalid-option', `${name}: got ${describe(list)}, takes a list of numbers or of objects`)
  return list.map((item: unknown, i) => {
    const where = `${name} item ${i + 1}`
    if (typeof item === 'number') return { cells: { label: `v${i + 1}`, value: item }, where }
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new LoadError('invalid-option', `${where}: got ${describe(item)}, takes a number or an object`)
    return { cells: known(item as Record<string, unknown>, where), where }
  })
}

function known(record: Readonly<Record<string, unknown>>, where: string): Cells {
  const strange = Object.keys(record).find((key) => !(COLUMNS as readonly string[]).includes(key))
  if (strange === undefined && Object.hasOwn(record, 'value')) return record
  throw new LoadError(
    'invalid-option',
    strange === undefined
      ? `${where}: there is no value; columns are ${COLUMNS.join(', ')}`
      : `${where}: unknown column ${describe(strange)}; columns are ${COLUMNS.join(', ')}`,
  )
}

function metricOf(cell: unknown, fallback: RecordedMetricId, where: string): RecordedMetricId {
  const metric = textOf(cell) ?? fallback
  if (isRecordedMetricId(metric)) return metric
  throw new LoadError(
    'invalid-option',
    `${where}, metric: got ${describe(metric)}, takes a metric such as latency.p50, ttft.p50, qps, errorRate`,
  )
}

function unitOf(metric: RecordedMetricId): MetricUnit {
  return (LOAD_METRICS[metric as LoadMetricId] ?? requestMetric(metric.split('.p')[0] as DistributionId)).unit
}

/** In the metric's own unit. */
function valueOf(
  cell: unknown,
  unit: string | null,
  of: MetricUnit,
  where: string,
): { readonly value: number; readonly assumedSeconds: boolean } {
  const [, digits = '', own = ''] = /^\s*(-?[\d.]+(?:e[-+]?\d+)?)\s*(\D*?)\s*$/i.exec(textOf(cell) ?? '') ?? []
  const number = digits === '' ? Number.NaN : Number(digits)
  const named = own === '' ? unit : own
  const isDuration = of === 'us' || of === 'us/token'
  const scale = isDuration ? MICROSECONDS[named ?? 's'] : of === 'share' && named === '%' ? 0.01 : 1
  if (Number.isFinite(number) && number >= 0 && scale !== undefined)
    // Without the noise of binary fractions: 8.29 s are 8,290,000 us.
    return { value: Number((number * scale).toPrecision(12)), assumedSeconds: isDuration && named === null }
  const takes = isDuration
    ? `a duration of 0 or more in ${Object.keys(MICROSECONDS).join(', ')}`
    : of === 'share'
      ? 'a share such as 0.01, or 1 with the unit %'
      : 'a number of 0 or more'
  throw new LoadError(
    'invalid-option',
    `${where}, value: got ${describe(cell)}${named === null ? '' : ` with unit ${describe(named)}`}, takes ${takes}`,
  )
}

function dateOf(cell: unknown, where: string): string | null {
  const text = textOf(cell)
  if (text === null) return null
  const ms = Date.parse(text)
  if (Number.isNaN(ms))
    throw new LoadError(
      'invalid-option',
      `${where}, date: got ${describe(text)}, takes a date such as 2025-11-21T17:52:19Z`,
    )
  return new Date(ms).toISOString()
}

function textOf(cell: unknown): string | null {
  const text = typeof cell === 'string' || typeof cell === 'number' ? String(cell).trim() : ''
  return text === '' ? null : text
}
