import { describe, expect, test } from 'vitest'
import type { ExhaustionSummary } from '../../../src/domain/exhaustion.ts'
import type { ErrorSample } from '../../../src/domain/measurement.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { VALID, type Validity } from '../../../src/domain/validity.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import type { ExhaustOptions } from '../../../src/plan/exhaustion-options.ts'
import type { LoadOptions } from '../../../src/plan/load-options.ts'
import { http } from '../../../src/scenarios/index.ts'
import type { HostUse } from '../../../src/search/exhaustion-signs.ts'
import { ExhaustionRamp } from '../../../src/spec/exhaustion.ts'
import type { SearchSession } from '../../../src/spec/trial-load.ts'
import { INVALID, measurementData, plan, reference, series } from '../../support/measurement-builder.ts'

/** What a virtual target does at a rate. */
interface Answer {
  readonly latencyUs?: number
  readonly errors?: readonly (Pick<ErrorSample, 'kind' | 'detail'> & { readonly share: number })[]
  readonly completedShare?: number
  readonly validity?: Validity
}

class VirtualSession implements SearchSession {
  readonly controller = new AbortController()
  readonly rates: number[] = []
  readonly told: ExhaustionSummary[] = []
  readonly #answer: (rate: number, attempt: number) => Answer
  seconds = 0

  constructor(answer: (rate: number, attempt: number) => Answer) {
    this.#answer = answer
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  async attempt(_scenario: unknown, options: LoadOptions) {
    const { rate, duration } = options as { rate: number; duration: number }
    const {
      latencyUs = 10_000,
      errors = [],
      completedShare = 1,
      validity = VALID,
    } = this.#answer(rate, this.rates.filter((one) => one === rate).length)
    this.rates.push(rate)
    this.seconds += duration / 1e3
    const attempted = Math.round((rate * duration) / 1e3)
    const samples = errors.map(({ kind, detail, share }) => ({
      request: 'get',
      kind,
      detail,
      message: `${kind} ${detail}`,
      count: Math.round(share * attempted),
    }))
    const failed = samples.reduce((sum, { count }) => sum + count, 0)
    const good = attempted - failed
    const built = series({
      latencies: Array<number>(good).fill(latencyUs),
      windowUs: duration * 1e3,
      outcomes: { failedByKind: Object.fromEntries(samples.map(({ kind, count }) => [kind, count])) },
    })
    const measured = { ...built, events: { ...built.events, completed: Math.round(good * completedShare) } }
    return {
      measurement: measurementData({ series: measured, errors: samples, validity, buckets: [], plan: plan() }),
      reference: reference(),
    }
  }

  async keep(): Promise<never> {
    throw new Error('no step of a ramp is kept')
  }

  async once(): Promise<never> {
    throw new Error('a ramp does not wait')
  }

  beginSearch(label: string) {
    const specId = { file: 'a.perf.ts', path: ['breaks'], label }
    return { specId, tell: (summary: SearchSummary) => this.told.push(summary as ExhaustionSummary) }
  }
}

const OPTIONS: ExhaustOptions = { from: 100, to: 1000, over: '10s', steps: 10 }
const IDLE: HostUse = { cpuShare: 0.2, memoryShare: 0.5 }

function ramp(session: VirtualSession, options: ExhaustOptions = OPTIONS, hostUse: () => HostUse = () => IDLE) {
  const environment = { nowMs: () => session.seconds * 1e3, hostUse }
  return new ExhaustionRamp(session, http.get('http://127.0.0.1:9/'), options, environment).run()
}

const http503 = (share: number) => ({ kind: 'http', detail: '503', share }) as const

describe('exhaust()', () => {
  test('names in order what gave out, and stops at the refusal', async () => {
    const session = new VirtualSession((rate) => ({
      latencyUs: rate >= 400 ? 25_000 : 10_000,
      completedShare: rate >= 500 ? 0.8 : 1,
      errors:
        rate < 600
          ? []
          : [
              http503(rate < 700 ? 0.05 : 0.4),
              ...(rate < 700 ? [] : [{ kind: 'connection', detail: 'refused', share: 0.1 } as const]),
            ],
    }))
    const found = await ramp(session)
    expect(found.signs.map(({ kind, detail, level, atUs }) => [kind, detail, level, atUs])).toEqual([
      ['latency', '', 400, 3e6],
      ['queue', '', 500, 4e6],
      ['http', '503', 600, 5e6],
      ['connection', 'refused', 700, 6e6],
    ])
    expect(found.firstSign?.figure).toBe('p50 latency 25 ms, 10 ms at the start')
    expect(found).toMatchObject({ end: 'refused', levelAtFirstSign: 400 })
    expect(session.rates).toEqual([100, 200, 300, 400, 500, 600, 700])
    expect(found.steps.map(({ rate }) => rate)).toEqual(session.rates)
    expect(found.measurement).toBeInstanceOf(Measurement)
    expect(session.told.at(-1)).toMatchObject({ end: 'refused', title: 'breaks · exhaust' })
  })

  test('a target that holds up to the highest level gives no sign', async () => {
    const found = await ramp(new VirtualSession(() => ({})))
    expect(found).toMatchObject({ end: 'to-reached', firstSign: null, levelAtFirstSign: null, signs: [] })
    expect(found.steps).toHaveLength(10)
  })

  test('a generator that gives out ends the ramp and is not held against the target', async () => {
    const session = new VirtualSession((rate) =>
      rate < 500 ? {} : { validity: INVALID, latencyUs: 90_000, errors: [http503(0.5)] },
    )
    const found = await ramp(session)
    expect(found).toMatchObject({ end: 'generator', signs: [{ kind: 'generator', level: 500 }] })
    expect(session.rates.slice(-2)).toEqual([500, 500])
  })

  test('a step that the generator was late in once is repeated, and said', async () => {
    const session = new VirtualSession((rate, attempt) => (rate === 300 && attempt === 0 ? { validity: INVALID } : {}))
    const found = await ramp(session)
    expect(found).toMatchObject({ end: 'to-reached', signs: [] })
    expect(found.notes).toEqual(['the step at 300/s was repeated: pacer lag p99 14 ms is over 2 ms'])
  })

  test('a host whose processors are busy comes before what it causes', async () => {
    const session = new VirtualSession((rate) => (rate < 300 ? {} : { latencyUs: 50_000 }))
    const found = await ramp(session, OPTIONS, () => ({
      cpuShare: session.rates.at(-1) === 300 ? 0.99 : 0.2,
      memoryShare: null,
    }))
    expect(found.signs.map(({ kind }) => kind)).toEqual(['host-cpu', 'latency'])
  })

  test('one failure among hundreds is no sign', async () => {
    const found = await ramp(new VirtualSession(() => ({ errors: [http503(0.005)] })))
    expect(found.signs).toEqual([])
  })

  test('an abort keeps the steps so far', async () => {
    const session: VirtualSession = new VirtualSession((rate) => {
      if (rate === 400) session.controller.abort()
      return {}
    })
    await expect(ramp(session)).rejects.toThrow('the ramp was stopped')
    expect(session.told.at(-1)).toMatchObject({
      end: 'aborted',
      trials: [{ level: 100 }, { level: 200 }, { level: 300 }],
    })
  })
})
