/*
 * How long a trial at a level must last: long enough for the percentiles and shares it is judged by, and for the target
 * to show a backlog rather than its first requests.
 */
import type { LevelKind, SearchLimits } from '../domain/capacity.ts'
import { requestsForBound } from '../stats/quantile-interval.ts'

/** What the length of a trial follows from. */
export interface LengthQuestion {
  readonly by: LevelKind
  readonly limits: SearchLimits
  /** Length that the user asks for, microseconds; a trial is never shorter. */
  readonly trialUs: number
  readonly warmupUs: number
  /** Number of confirming trials, which are read together. */
  readonly confirm: number
}

/** Lengths of one trial in microseconds. */
export interface TrialLength {
  readonly windowUs: number
  readonly warmupUs: number
  /** The percentile or share that even the longest trial is too short for at this level, in words. */
  readonly tooShortFor: string | null
}

/** Longest window, unless the user asks for more. */
const LONGEST_US = 60e6
const LONGEST_WARMUP_US = 30e6
const CONFIRMING = 2
/** A window and a warm-up in latencies of a lightly loaded target. */
const WINDOW_LATENCIES = 5
const WARMUP_LATENCIES = 1.5
const FEWEST_REQUESTS = 20

/** @param lightLatencyUs median latency under light load; `null` before the first trial */
export function trialLength(
  question: LengthQuestion,
  level: number,
  confirming: boolean,
  lightLatencyUs: number | null,
): TrialLength {
  const latencyUs = lightLatencyUs ?? 0
  const [requests, of] = requestsNeeded(question, confirming)
  // A user makes one request after the other.
  const perSecond = question.by === 'rate' ? level : latencyUs === 0 ? Infinity : level / (latencyUs / 1e6)
  const askedUs = question.trialUs * (confirming ? CONFIRMING : 1)
  const neededUs = (requests / perSecond) * 1e6
  const windowUs = Math.max(askedUs, Math.min(LONGEST_US, Math.max(neededUs, latencyUs * WINDOW_LATENCIES)))
  return {
    windowUs: wholeMs(windowUs),
    warmupUs: wholeMs(Math.max(question.warmupUs, Math.min(LONGEST_WARMUP_US, latencyUs * WARMUP_LATENCIES))),
    tooShortFor: neededUs > windowUs ? of : null,
  }
}

/** Rounded up, but not by the noise of binary fractions. */
function wholeMs(us: number): number {
  return Math.ceil(us / 1e3 - 1e-6) * 1e3
}

/**
 * Requests that a trial's claims need, and the claim that needs most. A short trial needs as many as the percentile
 * cuts off one of; confirming trials together need the number from which the percentile's 95 % bound exists.
 */
function requestsNeeded({ limits, confirm }: LengthQuestion, confirming: boolean): readonly [number, string] {
  const tails = [
    ...limits.percentiles.map(({ metric, p }): readonly [number, string] => [1 - p / 100, `p${p} ${metric}`]),
    ...(limits.errorRate === null ? [] : [[limits.errorRate, 'the error rate'] as const]),
    ...(limits.goodFraction === null ? [] : [[1 - limits.goodFraction, 'the share within the SLO'] as const]),
  ].filter(([tail]) => tail > 0)
  const counts = tails.map(([tail, of]): readonly [number, string] => [
    Math.max(1 / tail, confirming ? requestsForBound(100 * (1 - tail)) / confirm : 0),
    of,
  ])
  return counts.reduce((most, one) => (one[0] > most[0] ? one : most), [FEWEST_REQUESTS, 'any percentile'] as const)
}
