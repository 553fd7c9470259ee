import { type Distribution, percentile } from '../domain/distribution.ts'
import {
  type LiveGenerator,
  type LivePercentiles,
  type LiveSecondNumbers,
  type LiveSnapshot,
  RECENT_SECONDS,
} from '../domain/live.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { addOutcomes, failedCount } from '../domain/measurement.ts'
import type { AlertTable } from './alert-table.ts'
import type { GeneratorTrack } from './generator-track.ts'
import { OUTSIDE, progressOf } from './load-course.ts'
import type { SecondBuckets } from './second-buckets.ts'
import type { SeriesTable } from './series-table.ts'
import type { WatchedTable } from './watched-table.ts'

/** What the clock and the plan tell of a moment of a load. */
export type LiveMoment = Pick<
  LiveSnapshot,
  'elapsedUs' | 'remainingUs' | 'askedRate' | 'state' | 'note' | 'title' | 'service'
>

/** Where the numbers of a load are kept. */
export interface LiveSources {
  readonly plan: LoadPlan
  readonly tracks: readonly GeneratorTrack[]
  readonly series: SeriesTable
  readonly seconds: SecondBuckets
  readonly watched: WatchedTable
  readonly alerts: AlertTable
}

/** What a load looks like at a moment. */
export function liveSnapshot(
  { plan, tracks, series, seconds, watched, alerts }: LiveSources,
  at: LiveMoment,
): LiveSnapshot {
  const measured = series.outcomes(({ window }) => window !== OUTSIDE)
  const outcomes = addOutcomes(
    measured,
    series.outcomes(({ window }) => window === OUTSIDE),
  )
  const running = tracks.filter((track) => track.running)
  const heardUs = Math.min(...(running.length > 0 ? running : tracks).map((track) => track.untilUs))
  const wholeSeconds = Math.floor(heardUs / 1e6)
  const second = seconds.at(wholeSeconds - 1)
  const state = running.flatMap((track) => track.last ?? [])
  const sum = (key: 'usersActive' | 'inFlight' | 'queued'): number =>
    state.reduce((total, word) => total + word[key], 0)
  return {
    loadId: plan.id,
    ...at,
    progress: progressOf(plan, at, measured.attempted),
    qps: second?.completed ?? 0,
    tokensPerSecond: second?.outputTokens ?? 0,
    completed: outcomes.good,
    failed: failedCount(outcomes),
    dropped: outcomes.dropped + outcomes.missed,
    usersActive: sum('usersActive'),
    inFlight: sum('inFlight'),
    queued: sum('queued'),
    latencyP50Us: second?.latencyP50Us ?? null,
    latencyP99Us: second?.latencyP99Us ?? null,
    latencySoFar: percentilesOf(series.measured('latency')),
    ttftSoFar: percentilesOf(series.measured('ttft')),
    failedByKind: outcomes.failedByKind,
    recent: recentSeconds(seconds, wholeSeconds),
    generator: worstOf(running.flatMap((track) => track.lately ?? [])),
    watched: watched.latest(),
    alerts: alerts.open(),
  }
}

function percentilesOf(distribution: Distribution): LivePercentiles | null {
  const [p50Us, p99Us] = [percentile(distribution, 50), percentile(distribution, 99)]
  return p50Us === null || p99Us === null ? null : { p50Us, p99Us }
}

function recentSeconds(seconds: SecondBuckets, until: number): LiveSecondNumbers[] {
  const from = Math.max(0, until - RECENT_SECONDS)
  return Array.from({ length: Math.max(0, until - from) }, (_, i) => {
    const second = seconds.at(from + i)
    return { qps: second?.completed ?? null, latencyP99Us: second?.latencyP99Us ?? null }
  })
}

function worstOf(generators: readonly LiveGenerator[]): LiveGenerator | null {
  if (generators.length === 0) return null
  const delays = generators.flatMap(({ loopDelayP99Us }) => loopDelayP99Us ?? [])
  return {
    cpuShare: Math.max(...generators.map(({ cpuShare }) => cpuShare)),
    loopDelayP99Us: delays.length === 0 ? null : Math.max(...delays),
  }
}
