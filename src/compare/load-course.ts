import type { LoadCourse } from '../domain/load-charts.ts'
import type { MeasurementData, SecondBucket } from '../domain/measurement.ts'

/** Rows that a summary carries: enough for a chart, little enough for two hundred tests in one file. */
const MOST_ROWS = 300

/** The course of a load in at most 300 rows; `null` where no second was reported. */
export function loadCourse({
  buckets,
  steps,
  gaps,
}: Pick<MeasurementData, 'buckets' | 'steps' | 'gaps'>): LoadCourse | null {
  const [first] = buckets
  if (first === undefined) return null
  const rowSeconds = Math.max(1, Math.ceil((buckets.at(-1)!.second - first.second + 1) / MOST_ROWS))
  const rows = rowsOf(buckets, rowSeconds)
  const column = <Value>(value: (row: readonly SecondBucket[]) => Value): Value[] => rows.map(value)
  const meanOf = (pick: (second: SecondBucket) => number): number[] =>
    column((row) => rounded(row.reduce((sum, second) => sum + pick(second), 0) / row.length))
  const mostOf = (pick: (second: SecondBucket) => number): number[] => column((row) => Math.max(...row.map(pick)))
  return {
    rowSeconds,
    from: column((row) => row[0]!.second),
    attempted: meanOf(({ attempted }) => attempted),
    completed: meanOf(({ completed }) => completed),
    outputTokens: meanOf(({ outputTokens }) => outputTokens),
    failed: mostOf(({ failed }) => failed),
    unsent: mostOf(({ unsent }) => unsent),
    latencyP50Us: column((row) => median(row.map(({ latencyP50Us }) => latencyP50Us))),
    latencyP99Us: column((row) => highest(row.map(({ latencyP99Us }) => latencyP99Us))),
    users: mostOf(({ usersActive }) => usersActive),
    queued: mostOf(({ queued }) => queued),
    windows: steps.map(({ startUs, endUs }) => ({ startUs, endUs })),
    gaps,
  }
}

/** Seconds in time order, those of each row together. */
function rowsOf(buckets: readonly SecondBucket[], rowSeconds: number): SecondBucket[][] {
  const rows = new Map<number, SecondBucket[]>()
  for (const bucket of buckets) {
    const row = Math.floor((bucket.second - buckets[0]!.second) / rowSeconds)
    const seconds = rows.get(row)
    if (seconds === undefined) rows.set(row, [bucket])
    else seconds.push(bucket)
  }
  return [...rows.values()]
}

/** Four digits are more than a chart shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null)
}

function highest(values: readonly (number | null)[]): number | null {
  const some = known(values)
  return some.length === 0 ? null : Math.max(...some)
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = known(values).sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? null
}
