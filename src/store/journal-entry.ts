import { type Distribution, mergeDistributions, percentile } from '../domain/distribution.ts'
import type { Fingerprint, LoadRecord, RecordedMetric, SourceState, Subject } from '../domain/history.ts'
import { addOutcomes, NO_OUTCOMES, type OutcomeCounts } from '../domain/measurement.ts'
import type { LoadMetricId, RecordedMetricId } from '../domain/metric.ts'
import type { SpecId } from '../domain/spec-id.ts'
import type { GeneratorDelta, WindowSpan } from '../pool/protocol.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { checkSchema, type Fields, fieldsOf, isFingerprint, isSpecId, type Stored } from './stored-schema.ts'

/** Distributions that a rescued load is worth keeping for. */
const KEPT = ['latency', 'serviceTime', 'ttft', 'tpot'] as const
const PERCENTILES = [50, 90, 95, 99] as const

/**
 * First line of a journal. It holds what a record needs and not the plan: plans carry credentials and prompts, and
 * neither belongs on disk.
 */
export interface JournalHead {
  readonly schema: 'perf/journal@1'
  readonly runId: string
  readonly loadId: string
  readonly specId: SpecId
  readonly startedAt: string
  readonly fingerprint: Fingerprint
  readonly workloadHash: string
  readonly subject: Subject
  readonly source: SourceState
  readonly toolVersion: string
  readonly shard: { readonly index: number; readonly count: number }
  /** The process that writes it. */
  readonly writer: ProcessIdentity
}

/** Any later line: what one delta brought, or several merged. Only measured windows and whole iterations. */
export interface JournalEntry {
  /** Microseconds since the run's start. */
  readonly atUs: number
  readonly windows: readonly WindowSpan[]
  readonly outcomes: OutcomeCounts
  readonly distributions: Readonly<Partial<Record<(typeof KEPT)[number], Distribution>>>
  /** Good completions inside windows, and their generated tokens. */
  readonly completed: number
  readonly outputTokens: number
}

/** What a delta brings to the journal. */
export function entryOf(delta: GeneratorDelta): JournalEntry {
  const measured = ({ window, level }: { window: number; level: string }): boolean =>
    window >= 0 && level === 'iteration'
  const series = delta.series.filter(measured)
  const buckets = delta.buckets.filter(measured)
  return {
    atUs: delta.atUs,
    windows: delta.windows.filter(({ window }) => window >= 0),
    outcomes: series.map((one) => one.outcomes).reduce(addOutcomes, NO_OUTCOMES),
    distributions: mergedDistributions(series),
    completed: buckets.reduce((total, bucket) => total + bucket.completed, 0),
    outputTokens: buckets.reduce((total, bucket) => total + bucket.outputTokens, 0),
  }
}

/** Adds entries up without loss. */
export function mergeEntries(entries: readonly JournalEntry[]): JournalEntry {
  return {
    atUs: Math.max(0, ...entries.map((entry) => entry.atUs)),
    windows: mergeWindows(entries.flatMap((entry) => entry.windows)),
    outcomes: entries.map((entry) => entry.outcomes).reduce(addOutcomes, NO_OUTCOMES),
    distributions: mergedDistributions(entries),
    completed: entries.reduce((total, entry) => total + entry.completed, 0),
    outputTokens: entries.reduce((total, entry) => total + entry.outputTokens, 0),
  }
}

function mergedDistributions(parts: readonly Pick<JournalEntry, 'distributions'>[]): JournalEntry['distributions'] {
  const merged = KEPT.map(
    (id) => [id, mergeDistributions(parts.flatMap((part) => part.distributions[id] ?? []))] as const,
  )
  return Object.fromEntries(merged.filter(([, distribution]) => distribution.n > 0))
}

/** One span for each window, over all generators: from the first that opened it to the last that closed it. */
function mergeWindows(spans: readonly WindowSpan[]): WindowSpan[] {
  const byWindow = new Map<number, WindowSpan>()
  for (const span of spans) {
    const known = byWindow.get(span.window) ?? span
    const ends = [known.endUs, span.endUs].filter((end) => end !== null)
    byWindow.set(span.window, {
      window: span.window,
      startUs: Math.min(known.startUs, span.startUs),
      endUs: ends.length === 0 ? null : Math.max(...ends),
    })
  }
  return [...byWindow.values()]
}

/** The record of a load that did not end: what its journal held, without intervals and never to be judged. */
export function abortedRecord(head: JournalHead, entry: JournalEntry): LoadRecord {
  const { loadId, specId, startedAt, fingerprint, workloadHash, subject } = head
  return {
    loadId,
    specId,
    status: 'aborted',
    startedAt,
    fingerprint,
    workloadHash,
    subject,
    metrics: metricsOf(entry),
    outcomes: entry.outcomes,
    expectations: [],
    findings: [
      {
        cause: 'aborted',
        severity: 'invalid',
        message: `the run ended ${(entry.atUs / 1e6).toFixed(0)} s into this load, before the load did`,
        advice: 'run it again',
      },
    ],
  }
}

function metricsOf({
  atUs,
  windows,
  outcomes,
  distributions,
  completed,
  outputTokens,
}: JournalEntry): LoadRecord['metrics'] {
  const metrics: Partial<Record<RecordedMetricId, RecordedMetric>> = {}
  const windowUs = windows.reduce((total, span) => total + Math.max(0, (span.endUs ?? atUs) - span.startUs), 0)
  const put = (id: LoadMetricId, value: number, n: number): void => {
    metrics[id] = { value, lower: null, upper: null, n }
  }
  if (windowUs > 0) put('qps', (completed / windowUs) * 1e6, completed)
  if (windowUs > 0 && outputTokens > 0) put('outputTokensPerSecond', (outputTokens / windowUs) * 1e6, completed)
  if (outcomes.attempted > 0)
    put('errorRate', (outcomes.attempted - outcomes.good) / outcomes.attempted, outcomes.attempted)
  for (const id of KEPT) {
    const distribution = distributions[id]
    if (distribution === undefined) continue
    for (const p of PERCENTILES) {
      metrics[`${id}.p${p}`] = { value: percentile(distribution, p)!, lower: null, upper: null, n: distribution.n }
    }
  }
  return metrics
}

/** A journal as it was found on disk. */
export interface FoundJournal {
  readonly head: JournalHead
  readonly entry: JournalEntry
}

/**
 * Reads a journal's text. The last line may be torn: the process died while it wrote. Any other line that is not an
 * entry means damage.
 */
export function parseJournal(text: string): Stored<FoundJournal> {
  const lines = text.split('\n')
  // A complete file ends with a line break; what follows the last one is torn.
  const complete = lines.slice(0, -1)
  const head = checkSchema<JournalHead>(parsed(complete[0] ?? ''), 'perf/journal@1', isHead)
  if (head.state !== 'read') return head
  const entries = complete.slice(1).map(parsed)
  const damaged = entries.findIndex((entry) => !isEntry(entry))
  if (damaged >= 0) return { state: 'corrupt', reason: `line ${damaged + 2} is no entry` }
  return { state: 'read', value: { head: head.value, entry: mergeEntries(entries as JournalEntry[]) } }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function isHead(head: Fields): boolean {
  return (
    typeof head['runId'] === 'string' &&
    typeof head['loadId'] === 'string' &&
    typeof head['startedAt'] === 'string' &&
    isSpecId(head['specId']) &&
    isFingerprint(head['fingerprint']) &&
    fieldsOf(head['source']) !== null &&
    fieldsOf(head['writer']) !== null
  )
}

function isEntry(entry: unknown): boolean {
  const fields = fieldsOf(entry)
  return (
    typeof fields?.['atUs'] === 'number' &&
    typeof fields['completed'] === 'number' &&
    Array.isArray(fields['windows']) &&
    fieldsOf(fields['outcomes']) !== null &&
    fieldsOf(fields['distributions']) !== null
  )
}
