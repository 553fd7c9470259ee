import { DEFAULT_BASELINE, type HistoryPoint, type RecordedMetrics, type Reference } from '../domain/history.ts'
import { changePoints } from '../stats/change-points.ts'
import { RUNS_TO_MEASURE } from './run-noise.ts'

/** More runs hardly tell the noise better, and the oldest of them are the least like this one. */
const MOST_RUNS = 20
/** Runs in which a change of level is looked for. */
const LOOKED_AT = 50

/** The runs that a load is compared with. */
export interface ReferenceRuns {
  /** Oldest first; at least one. */
  readonly runs: readonly RecordedMetrics[]
  /** In words: `baseline "default" (5 runs)`, `the last 4 runs`. */
  readonly against: string
  /** A baseline is among them, so that they do not change with the runs that come. */
  readonly ofBaseline: boolean
  /** Sentences that a reader needs. */
  readonly notes: readonly string[]
}

/**
 * Picks comparable runs: passed, and of the same environment and workload. Those of the baseline come first; while it
 * stands on fewer than five runs and is the unnamed one, the runs that passed after its acceptance complete it up to five.
 * Without a baseline the last twenty count, but none before the last change of level. `null` when there is none.
 */
export function referenceRuns({ baseline, history, fingerprint }: Reference): ReferenceRuns | null {
  const passed = comparableHistory({ history, fingerprint }).filter(
    // What others told us carries no interval, and nobody here vouches for it.
    ({ status, origin }) => status === 'passed' && origin === 'measured',
  )
  if (baseline === null || baseline.fingerprint.hardHash !== fingerprint.hardHash) {
    const last = currentLevel(passed)
    return last.length === 0
      ? null
      : {
          runs: last.map(({ metrics }) => metrics),
          against: `the last ${runs(last.length)}`,
          ofBaseline: false,
          notes: [],
        }
  }
  const own = new Set(baseline.runs.map(({ runId }) => runId))
  // Runs of every variant share one history; which of them a named baseline stands for is not known.
  const completes = baseline.name === DEFAULT_BASELINE
  const missing = completes ? Math.max(0, RUNS_TO_MEASURE - baseline.runs.length) : 0
  const following = passed
    .filter(({ runId, startedAt }) => !own.has(runId) && Date.parse(startedAt) > Date.parse(baseline.acceptedAt))
    .slice(0, missing)
  const count = baseline.runs.length + following.length
  return {
    ofBaseline: true,
    runs: [...baseline.runs, ...following].map(({ metrics }) => metrics),
    against:
      following.length === 0
        ? `baseline "${baseline.name}" (${runs(count)})`
        : `baseline "${baseline.name}" (${runs(baseline.runs.length)}) and the ${runs(following.length)} after it`,
    notes: [
      ...(count < RUNS_TO_MEASURE
        ? [`the baseline is provisional: it stands on ${count} of ${RUNS_TO_MEASURE} runs`]
        : []),
      ...differences(baseline.fingerprint.soft, fingerprint.soft).map(
        (text) => `the environment differs a little: ${text}`,
      ),
    ],
  }
}

/** The last runs of one level of the median latency: those before a change of it would only make the noise look larger. */
function currentLevel(passed: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const recent = passed.slice(-LOOKED_AT)
  const values = recent.flatMap(({ metrics }) => metrics['latency.p50']?.value ?? [])
  const changes = values.length === recent.length && values.every((value) => value > 0) ? changePoints(values) : []
  return recent.slice(changes.at(-1)?.index ?? 0).slice(-MOST_RUNS)
}

/** Earlier loads of the same environment and workload, oldest first, whatever became of them. */
export function comparableHistory({
  history,
  fingerprint,
}: Pick<Reference, 'history' | 'fingerprint'>): readonly HistoryPoint[] {
  return history.filter(({ hardHash }) => hardHash === fingerprint.hardHash)
}

/** Why there is nothing to compare with, in sentences. */
export function incomparableNotes({ baseline, otherBaseline, history, fingerprint }: Reference): readonly string[] {
  const comparable = comparableHistory({ history, fingerprint })
  if (comparable.length > 0)
    return [`none of the ${comparable.length} earlier runs of this environment and workload passed`]
  const other = otherBaseline ?? baseline
  if (other !== null) {
    const found = differences(other.fingerprint.hard, fingerprint.hard)
    return [
      found.length > 0
        ? `baseline "${other.name}" is of another environment: ${found.join(', ')}`
        : `baseline "${other.name}" is of another workload: profile, prompts or parameters have changed`,
    ]
  }
  return history.length > 0
    ? [`${runs(history.length)} in history, of other environments or workloads`]
    : ['first run: nothing to compare with yet']
}

/** What differs between two sets of facts, one sentence each: `gpuModel was L4, is A10`. */
export function differences(
  before: Readonly<Record<string, string | number | null>>,
  now: Readonly<Record<string, string | number | null>>,
): readonly string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return fields
    .filter((field) => (before[field] ?? null) !== (now[field] ?? null))
    .map((field) => `${field} was ${before[field] ?? 'n/a'}, is ${now[field] ?? 'n/a'}`)
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`
}
