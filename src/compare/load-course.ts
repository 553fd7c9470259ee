import type { LoadCourse } from '../domain/load-charts.ts'
import type { MeasurementData, SecondBucket } from '../domain/measurement.ts'

/** Rows that a summary carries: enough for a chart, little enough for two hundred tests in one file. */
const MOST_ROWS = 300

/** A shorter part of a second says nothing of its rate and of its percentiles. */
const SHORTEST_PART = 0.5

/**
 * The course of a load in at most 300 rows; `null` where no second was reported. A load seldom ends with a second: its last one
 * counts by the part of it that the load lasted, and below half a second it has no rates and no percentiles.
 */
export function loadCourse({
  buckets,
  steps,
  gaps,
  totalUs,
}: Pick<MeasurementData, 'buckets' | 'steps' | 'gaps' | 'totalUs'>): LoadCourse | null {
  const [first] = buckets
  if (first === undefined) return null
  const rowSeconds = Math.max(1, Math.ceil((buckets.at(-1)!.second - first.second + 1) / MOST_ROWS))
  const rows = rowsOf(buckets, rowSeconds)
  const column = <Value>(value: (row: readonly SecondBucket[]) => Value): Value[] => rows.map(value)
  const last = buckets.at(-1)!
  const cut = 1 - Math.min(1, Math.max(0, totalUs / 1e6 - last.second))
  /** Seconds of load in a row; `null` for too little. */
  const lasted = (row: readonly SecondBucket[]): number | null => {
    const seconds = row.length - (row.at(-1) === last ? cut : 0)
    return seconds < SHORTEST_PART ? null : seconds
  }
  const rateOf = (pick: (second: SecondBucket) => number): (number | null)[] =>
    column((row) => {
      const seconds = lasted(row)
      return seconds === null ? null : rounded(row.reduce((sum, second) => sum + pick(second), 0) / seconds)
    })
  const latencyOf = (pick: (row: readonly SecondBucket[]) => number | null): (number | null)[] =>
    column((row) => (lasted(row) === null ? null : pick(row)))
  const mostOf = (pick: (second: SecondBucket) => number): number[] => column((row) => Math.max(...row.map(pick)))
  return {
    rowSeconds,
    from: column((row) => row[0]!.second),
    attempted: rateOf(({ attempted }) => attempted),
    completed: rateOf(({ completed }) => completed),
    outputTokens: rateOf(({ outputTokens }) => outputTokens),
    failed: mostOf(({ failed }) => failed),
    unsent: mostOf(({ unsent }) => unsent),
    latencyP50Us: latencyOf((row) => median(row.map(({ latencyP50Us }) => latencyP50Us))),
    latencyP99Us: latencyOf((row) => highest(row.map(({ latencyP99Us }) => latencyP99Us))),
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
