import { rm } from 'node:fs/promises'
import type { Baseline, Fingerprint, LoadRecord, Reference, RunRecord, Subject } from '../domain/history.ts'
import type { LoadNumbers, LoadSummary } from '../domain/perf-meta.ts'
import { specIdText } from '../domain/spec-id.ts'
import { reasonOf } from './atomic-file.ts'
import type { BaselineStore } from './baseline-store.ts'
import type { HistoryStore } from './history-store.ts'
import { journalPath } from './journal.ts'
import type { LoadName } from './journal-entry.ts'
import { storableMetrics } from './stored-schema.ts'

/** One test whose expectations have settled, with its loads. */
export interface SettledSpec {
  /** How the whole test ended, expectations and other errors included; `pending` when the run was interrupted. */
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending'
  readonly loads: readonly SettledLoad[]
}

/** What is stored of one load. */
export interface SettledLoad extends Pick<
  LoadSummary,
  'loadId' | 'specId' | 'startedAt' | 'validity' | 'metrics' | 'expectations' | 'look'
> {
  readonly numbers: Pick<LoadNumbers, 'outcomes' | 'stages'>
}

/** What was written, for the reporter. */
export interface Settlement {
  /** Absolute paths: the run's file of history, then baselines. */
  readonly paths: readonly string[]
  /** New baselines and problems, one sentence each. */
  readonly notes: readonly string[]
}

/** What the store knows of a load from its plan. */
export interface LoadFacts {
  readonly fingerprint: Fingerprint
  readonly workloadHash: string
  readonly subject: Subject
}

/** Where a settlement writes and by which rules. */
export interface SettleContext {
  readonly history: HistoryStore
  readonly baselines: BaselineStore
  readonly baselineName: string
  readonly journalDirectory: string
  /** The loads that one went on with: their records as aborted are superseded. */
  readonly resumes: (loadId: string) => readonly LoadName[]
  /** Of the loads of this run, by load id. */
  readonly facts: ReadonlyMap<string, LoadFacts>
  readonly run: Pick<RunRecord, 'runId' | 'shard' | 'source' | 'toolVersion'>
  readonly update: Reference['update']
  readonly now: Date
}

/** A load ready for history, and whether it may become a baseline. */
interface Settled {
  readonly record: LoadRecord
  /** Why it may not, in words; `null` when it may. */
  readonly obstacle: string | null
}

/**
 * Writes one history file for the run, then removes the journals that it replaces, then baselines by rule: `all` takes
 * this run as the baseline, `new` only where there is none, `none` never writes. A run that failed, was aborted or
 * cannot be judged is in history and never becomes a baseline. A shard without a load is in history as well, or it would look
 * like one that is missing. Never throws.
 */
export async function settleRun(specs: readonly SettledSpec[], context: SettleContext): Promise<Settlement> {
  const notes: string[] = []
  const settled = specs.flatMap(({ state, loads }) => loads.flatMap((load) => settledLoad(load, state, context, notes)))
  if (settled.length === 0 && context.run.shard.count === 1) return { paths: [], notes }
  const historyPaths = await writeHistory(
    settled.map(({ record }) => record),
    context,
    notes,
  )
  const baselinePaths = context.update === 'none' ? [] : await writeBaselines(settled, context, notes)
  return { paths: [...historyPaths, ...baselinePaths], notes }
}

function settledLoad(
  load: SettledLoad,
  state: SettledSpec['state'],
  context: SettleContext,
  notes: string[],
): Settled[] {
  const { loadId, specId, startedAt, validity, expectations, numbers } = load
  const facts = context.facts.get(loadId)
  if (facts === undefined) {
    notes.push(`history: ${specIdText(specId)}: load ${loadId} was not measured by this process and is not stored`)
    return []
  }
  const status = statusOf(load, state)
  const record: LoadRecord = {
    loadId,
    specId,
    status,
    startedAt,
    ...facts,
    metrics: storableMetrics(load.metrics),
    outcomes: numbers.outcomes,
    expectations,
    findings: validity.findings,
    ...(load.look === undefined || load.look.index === 1 ? {} : { look: load.look.index }),
    origin: 'measured',
    stages: numbers.stages.map(({ name, depth, n, meanUs }) => ({ name, depth, n, meanUs: Math.round(meanUs) })),
  }
  return [{ record, obstacle: OBSTACLES[status] ?? otherObstacle(load) }]
}

function otherObstacle({ numbers, validity }: SettledLoad): string | null {
  if (numbers.outcomes.good === 0) return 'no request succeeded'
  return validity.findings.some(({ cause }) => cause === 'resumed') ? 'it was measured in pieces' : null
}

const OBSTACLES: Readonly<Partial<Record<LoadRecord['status'], string>>> = {
  failed: 'its test failed',
  invalid: 'its measurement is invalid',
  aborted: 'it did not come to its end',
}

/** A test that was skipped or interrupted judged nothing: its load counts as one that did not come to its end. */
function statusOf({ validity }: SettledLoad, state: SettledSpec['state']): LoadRecord['status'] {
  if (validity.findings.some((finding) => finding.cause === 'aborted')) return 'aborted'
  if (validity.state === 'invalid') return 'invalid'
  return state === 'passed' || state === 'failed' ? state : 'aborted'
}

async function writeHistory(loads: readonly LoadRecord[], context: SettleContext, notes: string[]): Promise<string[]> {
  const startedAt = loads.map((load) => load.startedAt).sort()[0] ?? context.now.toISOString()
  try {
    const path = await context.history.write({ schema: 'perf/run@2', ...context.run, startedAt, loads })
    for (const { loadId, startedAt } of loads) {
      for (const before of context.resumes(loadId))
        await context.history.removeAborted({ startedAt }, before).catch(() => undefined)
      // A journal that stays does no harm: the next start sees that its load is in history already.
      await rm(journalPath(context.journalDirectory, loadId), { force: true }).catch(() => undefined)
    }
    return [path]
  } catch (error) {
    notes.push(
      `history: ${reasonOf(error)}; this run will be missing from the trend, ` +
        'and its numbers are only in this report and in task.meta.perf (--reporter=json)',
    )
    return []
  }
}

async function writeBaselines(settled: readonly Settled[], context: SettleContext, notes: string[]): Promise<string[]> {
  const { baselines, update, baselineName } = context
  const paths: string[] = []
  const accepted: string[] = []
  for (const { record, obstacle } of settled) {
    // A baseline that stands on runs of one job knows less of the noise between jobs than it says.
    if (record.look !== undefined) continue
    const { specId, fingerprint } = record
    try {
      if (obstacle !== null) {
        if (update === 'all') notes.push(`baseline: ${specIdText(specId)} was not accepted: ${obstacle}`)
      } else if (update === 'all' || !(await baselines.exists(specId, fingerprint.hardHash))) {
        paths.push(await baselines.accept(baselineOf(record, context)))
        accepted.push(specIdText(specId))
        for (const { severity, message } of record.findings)
          if (severity === 'suspect') notes.push(`baseline: ${specIdText(specId)} stands on a suspect run: ${message}`)
      }
    } catch (error) {
      notes.push(`baseline: ${specIdText(specId)} was not accepted: ${reasonOf(error)}`)
    }
  }
  if (accepted.length > 0)
    notes.push(`baseline: this run is now the provisional baseline '${baselineName}' (1 run) of ${accepted.join('; ')}`)
  return paths
}

function baselineOf(
  { specId, fingerprint, startedAt, subject, metrics }: LoadRecord,
  { baselineName, now, run }: SettleContext,
): Baseline {
  return {
    schema: 'perf/baseline@1',
    name: baselineName,
    specId,
    fingerprint,
    acceptedAt: now.toISOString(),
    reason: null,
    runs: [
      {
        runId: run.runId,
        startedAt,
        commit: run.source.commit,
        ...(subject === undefined ? {} : { subject }),
        metrics,
      },
    ],
  }
}
