/*
 * Whether arrivals pile up: a rate over what the target serves makes the backlog grow by their difference, however well
 * the first seconds look. A p99 may be fine only because the trial was short.
 *
 * Backlog growth = arrivals less endings in the window, or the nominal number of arrivals less endings where that is
 * smaller: a target without reserve ends the same number whatever comes, so that a lucky excess of Poisson arrivals is
 * not held against it. The growth must stay within 1 % of the arrivals and what the variation of service times makes of
 * it, half the root of their number. In simulation of a queue without latency limits this finds the knee within 4 %
 * (test/statistical).
 * Assumes: a warm-up that lasts as long as a request under light load does, or the requests that fill the target at the
 * start look like a backlog; what is missing of it is subtracted.
 */
import { EMPTY_DISTRIBUTION, percentile } from '../domain/distribution.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { formatCount } from '../format/quantity-text.ts'

/** What the growth of a backlog depends on beside the trial's numbers. */
export interface BacklogQuestion {
  /** Arrivals per second (or users, who pile up nowhere). */
  readonly level: number
  readonly warmupUs: number
  /** Median latency under light load, microseconds; `null` when it is not known yet. */
  readonly lightLatencyUs: number | null
}

/** Largest share of the arrivals that may pile up. */
const PILED_SHARE = 0.01
/** What varying service times may add to a backlog, in roots of the number of arrivals. */
const CHANCE = 0.5

/** Whether a trial by rate shows a growing backlog. */
export function backlogOf(
  series: SeriesData,
  question: BacklogQuestion,
): { readonly pilesUp: boolean; readonly text: string } {
  const { attempted } = series.outcomes
  const growth = growthOf(series, question)
  if (growth <= PILED_SHARE * attempted + CHANCE * Math.sqrt(attempted)) return { pilesUp: false, text: 'no backlog' }
  return { pilesUp: true, text: `${formatCount(growth)} of ${formatCount(attempted)} arrivals piled up` }
}

/** Requests that wait or run at the window's end and did not at its start, less those that filled the target. */
function growthOf(series: SeriesData, { level, warmupUs, lightLatencyUs }: BacklogQuestion): number {
  const { outcomes, events, windowUs, distributions } = series
  const ended = events.completed + events.failed + outcomes.dropped + outcomes.missed
  const latencyUs = lightLatencyUs ?? percentile(distributions.latency ?? EMPTY_DISTRIBUTION, 50) ?? 0
  const filling = windowUs === 0 ? 0 : (outcomes.attempted / windowUs) * Math.max(0, latencyUs - warmupUs)
  return Math.min(outcomes.attempted, (level * windowUs) / 1e6) - ended - filling
}
