import type { ServedSecond } from './served-seconds.ts'

/*
 * How long a target took to recover: from the fault to the *start* of the first five-second window that meets the SLO and
 * is followed by a second one.
 *
 * A window is five whole seconds of requests by their *scheduled* time, each awaited to its end: an outage weighs on the
 * seconds whose requests it hit, also when their answers come late or never. It meets the SLO when at least `share` of its
 * requests did, at least one, and no second of it is stalled: part of a time in which requests waited and none was
 * answered for longer than the SLO's latency (without one: twice the load's median, at least a second). A window without
 * requests says nothing.
 *
 * Windows start on whole seconds, so that the answer is an interval: the target had not recovered at the last second whose
 * window broke the SLO, and had at the first one whose window did not.
 */

export const WINDOW_SECONDS = 5

/** What a window must do. */
export interface RecoveryRule {
  /** Least part of the requests, 0..1. */
  readonly share: number
  /** Which requests meet the SLO. */
  readonly met: (second: ServedSecond) => number
}

/** From when on recovery is counted: it happened between `atUs` and `atUs + errorUs`, since the run's start. */
export interface FaultTime {
  readonly atUs: number
  readonly errorUs: number
}

export interface Recovery {
  /** It took more than this: 0 when nothing is known to have been broken. Microseconds. */
  readonly leastUs: number
  /** It took at most this; `null` when it was not seen. */
  readonly mostUs: number | null
  /** Second from which the first good window runs; `null` when there was none. */
  readonly fromSecond: number | null
  /** Last second after the fault that broke the SLO, until the recovery or the end; `null` without one. */
  readonly brokenSecond: number | null
  /** First window after the recovery that broke the SLO again, by its first second; `null` without one. */
  readonly brokeAgainSecond: number | null
  /** Requests in the emptier of the two good windows; `null` without them. */
  readonly fewest: number | null
}

type State = 'meets' | 'breaks' | 'unknown'

/** How the target recovered from one fault. `seconds` are those of {@link servedSeconds}. */
export function recoveryFrom(seconds: readonly ServedSecond[], fault: FaultTime, rule: RecoveryRule): Recovery {
  const zero = seconds[0]?.second ?? 0
  const windows = seconds.map((_, i) => windowState(seconds.slice(i, i + WINDOW_SECONDS), rule))
  const at = (second: number): State => windows[second - zero] ?? 'unknown'
  const first = Math.max(zero, Math.ceil(fault.atUs / 1e6))
  const end = zero + seconds.length
  const recoversAt = (start: number): State => {
    const pair = [at(start), at(start + WINDOW_SECONDS)]
    return pair.includes('breaks') ? 'breaks' : pair.includes('unknown') ? 'unknown' : 'meets'
  }
  const starts = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i)
  const fromSecond = starts.find((start) => recoversAt(start) === 'meets') ?? null
  const firstPossible = starts.find((start) => recoversAt(start) !== 'breaks') ?? end
  const until = fromSecond ?? end
  const faultSecond = Math.floor(fault.atUs / 1e6)
  const broken = seconds.filter(
    (second) => second.second >= faultSecond && second.second < until && isBroken(second, rule),
  )
  const brokeAgain =
    fromSecond === null ? undefined : starts.find((start) => start > fromSecond && at(start) === 'breaks')
  return {
    leastUs: firstPossible === first ? 0 : Math.max(0, (firstPossible - 1) * 1e6 - fault.atUs - fault.errorUs),
    mostUs: fromSecond === null ? null : Math.max(0, fromSecond * 1e6 - fault.atUs),
    fromSecond,
    brokenSecond: broken.at(-1)?.second ?? null,
    brokeAgainSecond: brokeAgain === undefined ? null : brokenFrom(seconds, brokeAgain, rule),
    fewest:
      fromSecond === null
        ? null
        : Math.min(...[0, WINDOW_SECONDS].map((offset) => attemptedIn(seconds, fromSecond - zero + offset))),
  }
}

/**
 * Recoveries from every outage of a load in which nobody set a fault: each counts from the first second that broke the
 * SLO, which is known to a second only.
 */
export function recoveriesFromBreaks(seconds: readonly ServedSecond[], rule: RecoveryRule): readonly Recovery[] {
  const recoveries: Recovery[] = []
  let from = 0
  for (;;) {
    const broken = seconds.find((second) => second.second >= from && isBroken(second, rule))
    if (broken === undefined) return recoveries
    const recovery = recoveryFrom(seconds, { atUs: broken.second * 1e6, errorUs: 1e6 }, rule)
    recoveries.push(recovery)
    if (recovery.fromSecond === null) return recoveries
    from = recovery.fromSecond + 2 * WINDOW_SECONDS
  }
}

function windowState(window: readonly ServedSecond[], rule: RecoveryRule): State {
  if (window.some(({ stalled }) => stalled)) return 'breaks'
  if (window.length < WINDOW_SECONDS || window.some(({ unmeasured }) => unmeasured)) return 'unknown'
  const attempted = window.reduce((total, second) => total + second.attempted, 0)
  if (attempted === 0) return 'unknown'
  const met = window.reduce((total, second) => total + rule.met(second), 0)
  return met > 0 && isEnough(met, attempted, rule) ? 'meets' : 'breaks'
}

function isBroken(second: ServedSecond, rule: RecoveryRule): boolean {
  if (second.unmeasured) return false
  return second.stalled || (second.attempted > 0 && !isEnough(rule.met(second), second.attempted, rule))
}

/** Shares such as 0.99 of 300 are whole numbers that binary fractions miss by a hair. */
function isEnough(met: number, attempted: number, { share }: RecoveryRule): boolean {
  return met >= share * attempted - 1e-9
}

function brokenFrom(seconds: readonly ServedSecond[], start: number, rule: RecoveryRule): number {
  return seconds.find((second) => second.second >= start && isBroken(second, rule))?.second ?? start
}

function attemptedIn(seconds: readonly ServedSecond[], index: number): number {
  return seconds.slice(index, index + WINDOW_SECONDS).reduce((total, { attempted }) => total + attempted, 0)
}
