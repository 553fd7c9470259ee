import { describe, expect, test } from 'vitest'
import type { SearchLimits } from '../../src/domain/capacity.ts'
import { VALID } from '../../src/domain/validity.ts'
import { type Random, seededRandom, unitExponential } from '../../src/domain/random.ts'
import { bracketOf, type CapacityRules, nextStep, type Tried } from '../../src/search/capacity-search.ts'
import { judgeTrial } from '../../src/search/judge-trial.ts'
import { trialLength } from '../../src/search/trial-length.ts'
import { queueTrial } from '../support/virtual-queue.ts'

/*
 * Whole searches against queues with four servers (first come, first served), whose knee is 4 / service time, computed
 * and not waited for. The service time is drawn anew for each search, so that knees fall anywhere between the levels.
 */

const RULES: CapacityRules = { by: 'rate', from: 5, to: 3000, precision: 0.05, confirm: 3, maxTrials: 50 }
const SERVERS = 4
const SEARCHES = 40

interface Setting {
  readonly arrivals: 'uniform' | 'poisson'
  /** Mean service time, before it is varied by up to a half. */
  readonly serviceUs: number
  readonly service: 'constant' | 'exponential'
  /** Limit of p99 latency; `null` for none, where only sustaining counts. */
  readonly p99Us: number | null
}

/** Relative errors of the answer, lowest first. */
function errorsOf({ arrivals, serviceUs: mean, service, p99Us }: Setting): readonly number[] {
  const limits: SearchLimits = {
    percentiles: p99Us === null ? [] : [{ metric: 'latency', p: 99, limitUs: p99Us }],
    errorRate: 0.01,
    goodFraction: null,
  }
  const errors = Array.from({ length: SEARCHES }, (_, seed) => {
    const random = seededRandom(seed, 1)
    const serviceUs = mean * (1 + random() / 2)
    const answer = search(limits, arrivals, serviceUs, service === 'constant' ? null : random, seed)
    return (answer * serviceUs) / (SERVERS * 1e6) - 1
  })
  return errors.sort((a, b) => a - b)
}

function search(
  limits: SearchLimits,
  arrivals: 'uniform' | 'poisson',
  serviceUs: number,
  random: Random | null,
  seed: number,
): number {
  const target = {
    concurrency: SERVERS,
    serviceUs: random === null ? () => serviceUs : () => serviceUs * unitExponential(random),
  }
  const trials: Tried[] = []
  for (;;) {
    const step = nextStep(RULES, trials)
    if (step.kind === 'end') return bracketOf(RULES, trials).passing!
    const { level, confirming } = step
    const light = trials.length === 0 ? null : serviceUs
    const lengths = { by: 'rate', limits, trialUs: 5e6, warmupUs: 1e6, confirm: RULES.confirm } as const
    const length = trialLength(lengths, level, confirming, light)
    const trialSeed = seed * 1000 + trials.length
    const series = queueTrial(target, { rate: level, arrivals, seed: trialSeed, ...length })
    const asked = { by: 'rate', level, limits, lightLatencyUs: light, onInvalid: 'fail', ...length } as const
    trials.push({ level, confirming, ...judgeTrial(series, VALID, asked) })
  }
}

describe('the answer of a search, in 19 of 20 cases,', () => {
  // Measured: -1.3 to 1.6 %, -4.9 to 0.9 %, -5.3 to 0.3 % (there p99 reaches its limit below the knee), -0.3 to 3.1 %,
  // -3.8 to 3.0 % in 9 of 10 searches.
  test.each([
    ['5 % of the knee: even arrivals, constant service', 0.05, 'uniform', 'constant', 20e3, 500e3],
    ['5 % of the knee: Poisson arrivals, constant service', 0.05, 'poisson', 'constant', 20e3, 500e3],
    ['7 % of the knee: even arrivals, exponential service', 0.07, 'uniform', 'exponential', 20e3, 500e3],
    ['5 % of the knee: even arrivals, no latency limit', 0.05, 'uniform', 'constant', 100e3, null],
    ['5 % of the knee: Poisson arrivals, no latency limit', 0.05, 'poisson', 'constant', 100e3, null],
  ] as const)('lies within %s', (_, within, arrivals, service, serviceUs, p99Us) => {
    const errors = errorsOf({ arrivals, service, serviceUs, p99Us })
    expect(errors.filter((error) => Math.abs(error) > within).length).toBeLessThanOrEqual(SEARCHES / 20)
    expect(Math.max(-errors[0]!, errors.at(-1)!)).toBeLessThan(2 * within)
  })
})
