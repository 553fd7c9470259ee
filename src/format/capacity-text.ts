import type { CapacityEnd, CapacitySummary, LevelKind, SearchLimits } from '../domain/capacity.ts'
import { REQUEST_METRICS } from '../domain/metric.ts'
import { exactDuration, formatRate, formatShare, formatUsers } from './quantity-text.ts'

/** A level in its unit: `40/s`, `12 users`. */
export function levelText(by: LevelKind, level: number): string {
  return by === 'rate' ? formatRate(level) : formatUsers(level)
}

/** `20/s passes, 40/s fails`; the empty string when nothing is known. */
export function bracketText(
  by: LevelKind,
  { passing, failing }: { readonly passing: number | null; readonly failing: number | null },
): string {
  return [
    ...(passing === null ? [] : [`${levelText(by, passing)} passes`]),
    ...(failing === null ? [] : [`${levelText(by, failing)} fails`]),
  ].join(', ')
}

/** What must be kept: `p99 latency below 500 ms, errors at most 1 %`. */
export function limitsText({ percentiles, errorRate, goodFraction }: SearchLimits): string {
  return [
    ...percentiles.map(
      ({ metric, p, limitUs }) =>
        `p${p} ${REQUEST_METRICS[metric].label} below ${exactDuration(limitUs)}${metric === 'tpot' ? '/token' : ''}`,
    ),
    ...(errorRate === null ? [] : [`errors at most ${formatShare(errorRate)}`]),
    ...(goodFraction === null ? [] : [`at least ${formatShare(goodFraction)} within the SLO`]),
  ].join(', ')
}

/** The answer in a sentence. */
export function answerText(search: CapacitySummary): string {
  const { by, from, highestPassing, firstFailing, end, confirmed } = search
  if (highestPassing === null) {
    if (firstFailing !== null) return `fails at ${levelText(by, from)} already`
    return end === 'generator' ? `unknown: the generator could not apply ${levelText(by, from)}` : 'unknown'
  }
  const level = levelText(by, highestPassing)
  const unconfirmed = confirmed ? '' : ', not confirmed'
  if (end === 'generator') return `at least ${level}${unconfirmed}; the generator could not go further`
  if (firstFailing === null)
    return `at least ${level}${unconfirmed}; ${end === 'to-passes' ? 'nothing above was asked for' : 'no failing level was found'}`
  return `${level}${unconfirmed}; ${levelText(by, firstFailing)} fails`
}

const OPEN_ENDS: Readonly<Partial<Record<CapacityEnd, string>>> = {
  generator: 'keep other work off this machine, or start more generators',
  'to-passes': 'raise the option to',
  'trials-used-up': 'raise the option maxTrials',
  'time-used-up': 'raise the option maxDuration',
}

/** What to do about a search that did not find where the target fails; `null` when it did. */
export function openEndAdvice({ end }: CapacitySummary): string | null {
  return end === null ? null : (OPEN_ENDS[end] ?? null)
}
