import { describe, expect, test } from 'vitest'
import { concurrencyLines } from '../../../reporters/terminal/concurrency-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { ConcurrencySummary } from '../../../src/domain/concurrency.ts'
import { VALID, type Validity } from '../../../src/domain/validity.ts'
import type { LoadSummary } from '../../../src/domain/perf-meta.ts'
import type { Scenario } from '../../../src/domain/scenario.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import type { LoadOptions } from '../../../src/plan/load-options.ts'
import { http } from '../../../src/scenarios/index.ts'
import { compareConcurrency, type ConcurrencySession } from '../../../src/spec/concurrency.ts'
import { INVALID, measurementData, plan, reference, series } from '../../support/measurement-builder.ts'

/** Seed 001: ten requests in 12.48 s one after the other, nine good ones in 10.95 s by five users. */
class VirtualSession implements ConcurrencySession {
  readonly signal = new AbortController().signal
  readonly asked: LoadOptions[] = []
  readonly told: ConcurrencySummary[] = []
  readonly loads: LoadSummary[] = []
  good = 9
  validity: Validity = VALID

  async load(_scenario: Scenario, options: LoadOptions): Promise<Measurement> {
    const load = options as LoadOptions & { readonly users: number; readonly label: string }
    this.asked.push(options)
    const alone = load.users === 1
    const good = alone ? 10 : this.good
    const data = measurementData({
      specId: { file: 'a.perf.ts', path: ['compares'], label: load.label },
      plan: plan({ label: load.label }),
      tokenSource: 'usage',
      validity: this.validity,
      series: series({
        latencies: Array.from({ length: good }, (_, i) => (alone ? 1_250_000 : 4_500_000) + i * 100_000),
        outcomes: { failedByKind: { timeout: 10 - good } },
        windowUs: alone ? 12.48e6 : 10.95e6,
        outputTokens: good * 50,
      }),
    })
    this.loads.push(loadSummary(data, reference(), []))
    return new Measurement(data)
  }

  readonly warmups: number[] = []

  async answers(_scenario: Scenario, { requests }: { readonly requests: number }): Promise<never> {
    this.warmups.push(requests)
    return undefined as never
  }

  beginSearch(label: string) {
    return {
      specId: { file: 'a.perf.ts', path: ['compares'], label },
      tell: (summary: SearchSummary) => this.told.push(summary as ConcurrencySummary),
    }
  }
}

const scenario = http.get('http://127.0.0.1:9/')

describe('compareConcurrency()', () => {
  test('sends the same requests by one user and by several, after one that counts in neither', async () => {
    const session = new VirtualSession()
    await compareConcurrency(session, scenario, { requests: 10, users: 5, seed: 7 })
    const common = { iterations: 10, seed: 7 }
    expect(session.asked).toEqual([
      { ...common, users: 1, label: 'sequential' },
      { ...common, users: 5, label: 'concurrent' },
    ])
    await compareConcurrency(session, scenario, { duration: '5s', users: 2, warmup: 3, label: 'int4' })
    expect(session.asked[3]).toEqual({ duration: '5s', users: 2, label: 'int4 · concurrent' })
    expect(session.warmups).toEqual([1, 3])
  })

  test('counts only good answers in the speed-up, and divides it by the users', async () => {
    const { speedup, speedupInterval, efficiency, sequential, concurrent } = await compareConcurrency(
      new VirtualSession(),
      scenario,
      { requests: 10, users: 5 },
    )
    expect(speedup).toBeCloseTo(9 / 10.95 / (10 / 12.48), 6)
    expect(efficiency).toBeCloseTo(speedup! / 5, 6)
    expect(speedupInterval![0]).toBeLessThan(1)
    expect(speedupInterval![1]).toBeGreaterThan(1.1)
    expect([sequential.errorRate, concurrent.errorRate]).toEqual([0, 0.1])
  })

  test.each([
    ['nothing was answered', { good: 0 }],
    ['a load is invalid', { validity: INVALID }],
  ])('knows no speed-up where %s', async (_, changes) => {
    const session = Object.assign(new VirtualSession(), changes)
    expect(await compareConcurrency(session, scenario, { requests: 10, users: 5 })).toMatchObject({
      speedup: null,
      efficiency: null,
    })
  })

  test.each([
    [{ requests: 10 }, 'option users: got undefined, takes a whole number from 2'],
    [{ requests: 10, users: 1 }, 'option users: got 1, takes a whole number from 2'],
    [{ users: 2 }, 'options requests and duration: takes one of them'],
    [{ users: 2, requests: 5, duration: '5s' }, 'options requests and duration: takes one of them'],
  ])('refuses %j', async (options, message) => {
    await expect(compareConcurrency(new VirtualSession(), scenario, options as never)).rejects.toThrow(message)
  })
})

describe('its report', () => {
  const lines = async (columns: number) => {
    const session = new VirtualSession()
    await compareConcurrency(session, scenario, { requests: 10, users: 5 })
    return concurrencyLines(session.told.at(-1)!, session.loads, { columns, style: PLAIN_STYLE })
  }

  test('prints one success share for a load, and factors from the same numbers', async () => {
    expect(await lines(80)).toEqual([
      'compares · concurrency · 1.03× [0.45×, 2.35×] with 5 users, efficiency 20.5 %',
      'a.perf.ts',
      '               sequential  5 users   change  speed-up',
      '  requests             10       10',
      '  success           100 %     90 %',
      '  total time       12.5 s   10.9 s  −12.3 %     1.14×',
      '  qps             0.801/s  0.822/s   +2.6 %     1.03×',
      '  tokens/s         40.1/s   41.1/s   +2.6 %     1.03×',
      '  p50 latency      1.65 s    4.9 s   +197 %     0.34×',
      '  p95 latency      2.15 s    5.3 s   +147 %     0.41×',
      '  max latency      2.15 s    5.3 s   +147 %     0.41×',
    ])
  })

  test.each([100, 60, 40])('is never wider than %d columns', async (columns) => {
    for (const line of await lines(columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  })
})
