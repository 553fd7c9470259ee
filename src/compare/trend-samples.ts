/*
 * Values that were taken one after the other tell of the version and of their order. When the later ones are better
 * than the first, something warmed up: a cache, a compiler, a clock. That is no improvement of the version, and without
 * a restart for each value no test can tell the two apart: a fall over three values has a chance of 1/6 by itself.
 *
 * Rule: below eight values a round warms up when its first value is its worst and the median of the others is better by
 * 5 % or more; from eight on when Mann-Kendall's test finds a trend towards better (two-sided p < .05).
 * Fails for: rounds of two or three noisy values, where the first is the worst by chance; it then warns too often, and
 * nothing is claimed from such a round either way.
 */
import type { TrendRound, TrendSamples } from '../domain/comparison.ts'
import type { RecordedSample } from '../domain/history.ts'
import { mannKendall } from '../stats/mann-kendall.ts'
import { median } from '../stats/robust.ts'

const MARGIN = 0.05
const ENOUGH_FOR_A_TEST = 8
const ALPHA = 0.05

/** Best and mean of a version's values and of its rounds; `null` below two values. */
export function sampleSummary(samples: readonly RecordedSample[], better: 'lower' | 'higher'): TrendSamples | null {
  if (samples.length < 2) return null
  const rounds = roundsOf(samples)
  return {
    ...summary(
      samples.map(({ value }) => value),
      better,
    ),
    n: samples.length,
    rounds: rounds.map(({ name, values }): TrendRound => ({
      name,
      values,
      ...summary(values, better),
      change: values.length < 2 || values[0] === 0 ? null : values.at(-1)! / values[0]! - 1,
      warmup: warmsUp(values, better),
    })),
  }
}

/** Rounds of one value each are one sequence: nothing says that there was a restart in between. */
function roundsOf(samples: readonly RecordedSample[]): readonly { name: string | null; values: readonly number[] }[] {
  const names = [...new Set(samples.map(({ round }) => round))]
  if (names.length === samples.length) return [{ name: null, values: samples.map(({ value }) => value) }]
  return names.map((name) => ({
    name,
    values: samples.filter(({ round }) => round === name).map(({ value }) => value),
  }))
}

function summary(values: readonly number[], better: 'lower' | 'higher'): { best: number; mean: number } {
  return {
    best: better === 'lower' ? Math.min(...values) : Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  }
}

function warmsUp(values: readonly number[], better: 'lower' | 'higher'): boolean {
  // Signed so that higher is worse.
  const worse = values.map((value) => (better === 'lower' ? value : -value))
  if (values.length >= ENOUGH_FOR_A_TEST) {
    const { p, slope } = mannKendall(worse)
    return p < ALPHA && slope < 0
  }
  const [first, ...rest] = worse
  if (first === undefined || rest.length === 0) return false
  return rest.every((value) => value < first) && first - median(rest) >= MARGIN * Math.abs(first)
}
