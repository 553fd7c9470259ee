import type { Fingerprint, SourceState, Subject } from '../domain/history.ts'
import type { LoadLeg, SecondLeg } from '../domain/load-leg.ts'
import { type LoadPlan, withoutTimes } from '../domain/load-plan.ts'
import { withoutCredentials } from '../domain/monitor-plan.ts'
import type { SpecId } from '../domain/spec-id.ts'
import type { JournalReport } from '../pool/ports.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { checkSchema, type Fields, fieldsOf, isFingerprint, isSpecId, type Stored } from './stored-schema.ts'

/** Names one load of one run. */
export interface LoadName {
  readonly runId: string
  readonly loadId: string
}

/** First line of a journal: what a record needs, and what a resumption compares and starts. */
export interface JournalHead extends LoadName {
  readonly schema: 'perf/journal@1'
  readonly specId: SpecId
  readonly startedAt: string
  readonly fingerprint: Fingerprint
  readonly workloadHash: string
  /** The workload part by part, so that a difference can be named. */
  readonly workload: Readonly<Record<string, string>>
  /** Without what credentials and prompts may stand in: see {@link planOnDisk}. */
  readonly plan: LoadPlan
  readonly subject: Subject
  readonly source: SourceState
  readonly toolVersion: string
  readonly shard: { readonly index: number; readonly count: number }
  /** Name of the Vitest project that ran it. */
  readonly project: string
  /** Loads that broke off and that this one goes on with, oldest first. */
  readonly resumes: readonly LoadName[]
  /** The process that writes it. */
  readonly writer: ProcessIdentity
}

/** A plan as far as disk may hold it: plans carry credentials and prompts, which do not belong there. */
export function planOnDisk(plan: LoadPlan): LoadPlan {
  const { name } = plan.scenario
  const monitors = withoutCredentials(plan.monitors)
  return { ...withoutTimes(plan), monitors, scenario: { kind: 'module', name, source: '', params: null, bundle: null } }
}

/** A journal as it was found on disk. */
export interface FoundJournal {
  readonly head: JournalHead
  /** What had been measured when the journal was last written anew; `null` for nothing. */
  readonly leg: LoadLeg | null
  /** What was reported since, in order. */
  readonly reports: readonly JournalReport[]
}

/** The line of a leg: its seconds as lists of numbers, which take a fifth of the space. */
export function legLine(leg: LoadLeg): string {
  const { settled, list } = leg.seconds
  return JSON.stringify({ kind: 'leg', leg: { ...leg, seconds: { settled, list: list.map(packed) } } })
}

/** What a second is packed as, in this order: its latencies, which few still have, are the last. */
const SECOND_KEYS = Object.keys({
  second: true,
  sent: true,
  completed: true,
  failed: true,
  outputTokens: true,
  bytesReceived: true,
  latencyP50Us: true,
  latencyP99Us: true,
  usersActive: true,
  queued: true,
  attempted: true,
  good: true,
  withinSlo: true,
  unsent: true,
  latency: true,
} satisfies Readonly<Record<keyof SecondLeg, true>>) as readonly (keyof SecondLeg)[]

function packed(second: SecondLeg): readonly unknown[] {
  const values = SECOND_KEYS.map((key) => second[key])
  return second.latency === null ? values.slice(0, -1) : values
}

function unpacked(values: readonly unknown[]): SecondLeg {
  return Object.fromEntries(SECOND_KEYS.map((key, i) => [key, values[i] ?? null])) as unknown as SecondLeg
}

/**
 * Reads a journal's text: its head, a leg when it was written anew, then reports. The last line may be torn: the process
 * died while it wrote. Any other line that is none of these means damage.
 */
export function parseJournal(text: string): Stored<FoundJournal> {
  const lines = text.split('\n')
  // A complete file ends with a line break; what follows the last one is torn.
  const [first = '', ...rest] = lines.slice(0, -1)
  const head = checkSchema<JournalHead>(parsed(first), 'perf/journal@1', isHead)
  if (head.state !== 'read') return head
  let leg: LoadLeg | null = null
  const reports: JournalReport[] = []
  for (const [i, line] of rest.entries()) {
    const entry = fieldsOf(parsed(line))
    if (entry?.['kind'] === 'leg' && i === 0) leg = legOf(entry['leg'])
    else if (isReport(entry)) reports.push(entry as unknown as JournalReport)
    else return { state: 'corrupt', reason: `line ${i + 2} is no entry` }
  }
  return rest[0]?.startsWith('{"kind":"leg"') === true && leg === null
    ? { state: 'corrupt', reason: 'line 2 is no entry' }
    : { state: 'read', value: { head: head.value, leg, reports } }
}

function legOf(value: unknown): LoadLeg | null {
  const leg = fieldsOf(value)
  const seconds = fieldsOf(leg?.['seconds'])
  const lists = ['series', 'generators', 'gaps', 'paced', 'errors', 'checks', 'tokenSources', 'findings', 'watched']
  if (leg === null || !lists.every((key) => Array.isArray(leg[key])) || !Array.isArray(seconds?.['list'])) return null
  const list = (seconds['list'] as (readonly unknown[])[]).map(unpacked)
  return { ...leg, seconds: { ...seconds, list } } as unknown as LoadLeg
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
    typeof head['project'] === 'string' &&
    isSpecId(head['specId']) &&
    isFingerprint(head['fingerprint']) &&
    Array.isArray(head['resumes']) &&
    fieldsOf(head['workload']) !== null &&
    fieldsOf(fieldsOf(head['plan'])?.['profile']) !== null &&
    fieldsOf(head['source']) !== null &&
    fieldsOf(head['writer']) !== null
  )
}

function isReport(entry: Fields | null): boolean {
  if (entry?.['kind'] === 'sample') return typeof entry['watched'] === 'string' && fieldsOf(entry['values']) !== null
  if (entry?.['kind'] === 'alert') return typeof entry['rule'] === 'string' && fieldsOf(entry['span']) !== null
  if (entry?.['kind'] === 'resumed') return typeof entry['atUs'] === 'number'
  return (
    entry?.['kind'] === 'delta' &&
    typeof entry['atUs'] === 'number' &&
    typeof entry['seq'] === 'number' &&
    ['series', 'buckets', 'windows', 'errors', 'paced'].every((key) => Array.isArray(entry[key]))
  )
}
