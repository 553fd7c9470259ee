import { describe, expect, test } from 'vitest'
import type { CapacitySummary, SearchPart } from '../../../src/domain/capacity.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { VALID, type Validity } from '../../../src/domain/validity.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import type { CapacityOptions } from '../../../src/plan/capacity-options.ts'
import type { LoadOptions } from '../../../src/plan/load-options.ts'
import { CapacitySearch } from '../../../src/spec/capacity.ts'
import type { SearchSession } from '../../../src/spec/trial-load.ts'
import { http } from '../../../src/scenarios/index.ts'
import { INVALID, measurementData, plan, reference } from '../../support/measurement-builder.ts'
import { queueTrial } from '../../support/virtual-queue.ts'

const TARGET = { concurrency: 4, serviceUs: () => 5000 }
const OPTIONS: CapacityOptions = { from: 50, to: 4000, until: { p99: '100ms', errorRate: '1%' }, trial: '1s' }

interface Applied {
  readonly options: LoadOptions & {
    readonly rate: number
    readonly duration: number
    readonly warmup: number
    readonly seed: number
  }
  readonly part: SearchPart
}

/** A test's loads on a virtual target, with all that a search told about itself. */
class VirtualSession implements SearchSession {
  readonly controller = new AbortController()
  readonly applied: Applied[] = []
  readonly kept: number[] = []
  readonly told: CapacitySummary[] = []
  probes = 0
  validity: (rate: number) => Validity = () => VALID
  before: (applied: number) => void = () => undefined
  /** Milliseconds that each probe takes, in turn. */
  probeMs: number[] = []

  get signal(): AbortSignal {
    return this.controller.signal
  }

  async attempt(_scenario: unknown, options: LoadOptions, part: SearchPart) {
    this.before(this.applied.length)
    const load = options as Applied['options']
    this.applied.push({ options: load, part })
    const series = queueTrial(TARGET, {
      rate: load.rate,
      arrivals: 'uniform',
      seed: load.seed,
      windowUs: load.duration * 1e3,
      warmupUs: load.warmup * 1e3,
    })
    const measurement = measurementData({ series, validity: this.validity(load.rate), plan: plan({ part }) })
    return { measurement, reference: reference() }
  }

  async keep({ measurement }: { measurement: ReturnType<typeof measurementData> }) {
    this.kept.push(measurement.plan.part!.level)
    return new Measurement(measurement)
  }

  async once() {
    this.probes++
    return {
      request: { method: 'GET', url: '', headers: {}, body: null },
      response: null,
      failure: null,
      timings: { total: this.probeMs.shift() ?? 5 },
    }
  }

  beginSearch(label: string) {
    return {
      specId: { file: 'a.perf.ts', path: ['holds'], label },
      tell: (summary: SearchSummary) => this.told.push(summary as CapacitySummary),
    }
  }
}

function search(session: VirtualSession, options: CapacityOptions = OPTIONS, nowMs: () => number = () => 0) {
  return new CapacitySearch(session, http.get('http://127.0.0.1:9/'), options, nowMs).run()
}

describe('capacity()', () => {
  test('finds the knee of 800/s within the precision and keeps only the confirming load', async () => {
    const session = new VirtualSession()
    const found = await search(session)
    expect(found).toMatchObject({ end: 'found', confirmed: true, notes: [] })
    expect(found.highestPassing).toBeGreaterThan(760)
    expect(found.highestPassing).toBeLessThanOrEqual(805)
    expect(found.firstFailing).toBeGreaterThan(800)
    expect(session.kept).toEqual([found.highestPassing])
    expect(found.measurement).toBeInstanceOf(Measurement)
    expect(session.applied.filter(({ part }) => part.role === 'answer')).toHaveLength(1)
    expect(session.applied.at(-1)!.part).toMatchObject({ role: 'answer', firstFailing: found.firstFailing })
    expect(found.trials).toHaveLength(session.applied.length)
    expect(found.trials.find(({ rate }) => rate === 1600)).toMatchObject({
      passed: false,
      users: null,
      why: /p99 latency .* not below 100 ms/ as never,
    })
  })

  test('trials differ in their seed, and all are asked the same question whatever their level', async () => {
    const session = new VirtualSession()
    await search(session)
    expect(new Set(session.applied.map(({ options }) => options.seed)).size).toBe(session.applied.length)
    expect(new Set(session.applied.map(({ part }) => JSON.stringify(part.question))).size).toBe(1)
  })

  test('tells where it stands: before the first trial, after each one, at the end', async () => {
    const session = new VirtualSession()
    const { trials, highestPassing } = await search(session)
    expect(session.told.map(({ end, trials: so }) => [end, so.length])).toEqual([
      ...Array.from({ length: trials.length + 1 }, (_, i) => [null, i]),
      ['found', trials.length],
    ])
    expect(session.told.at(-1)).toMatchObject({ title: 'holds · capacity', highestPassing, confirmed: true })
    expect(session.applied[0]!.part.progress).toMatch(/^trial 1 of about \d+ at 50\/s · about [\d.]+ s left$/)
    expect(session.applied[6]!.part.progress).toMatch(
      /^trial 7 of about \d+ at 1,131\/s · 800\/s passes, 1,600\/s fails · about/,
    )
  })

  test('waits after a failure until the target answers quickly again', async () => {
    const session = new VirtualSession()
    session.probeMs = [400, 300]
    const { trials } = await search(session)
    const failures = trials.filter(({ passed }) => passed === false).length
    expect(session.probes).toBe(failures + 2)
  })

  test('goes on with a note when the target does not recover in time', async () => {
    const session = new VirtualSession()
    let ms = 0
    session.probeMs = [900, 900, 900]
    const found = await search(session, { ...OPTIONS, settle: '2s' }, () => (ms += 1000))
    expect(found.notes[0]).toMatch(
      /^2 s after the trial at [\d,]+\/s the target had not recovered; the search went on$/,
    )
  })

  test('a generator that cannot apply more bounds the answer from below', async () => {
    const session = new VirtualSession()
    session.validity = (rate) => (rate > 500 ? INVALID : VALID)
    const found = await search(session)
    expect(found).toMatchObject({ end: 'generator', firstFailing: null, confirmed: true })
    expect(found.highestPassing).toBeLessThanOrEqual(500)
    expect(found.trials.find(({ rate }) => rate === 800)).toMatchObject({ passed: null })
  })

  test('stops when its time is used up, without an answer to keep', async () => {
    const session = new VirtualSession()
    const found = await search(session, { ...OPTIONS, maxDuration: '5s' }, () => session.applied.length * 1000)
    expect(found).toMatchObject({ end: 'time-used-up', confirmed: false, measurement: null })
    expect(session.applied).toHaveLength(5)
    expect(session.kept).toEqual([])
  })

  test('an abort keeps the trials so far', async () => {
    const session = new VirtualSession()
    session.before = (applied) => {
      if (applied === 3) session.controller.abort(new Error('cancelled'))
    }
    await expect(search(session)).rejects.toThrow('the search for capacity was stopped')
    expect(session.told.at(-1)).toMatchObject({ end: 'aborted', highestPassing: 200 })
    expect(session.told.at(-1)!.trials).toHaveLength(3)
  })

  test('an error of the scenario ends it and is passed on', async () => {
    const session = new VirtualSession()
    session.before = (applied) => {
      if (applied === 1) throw new TypeError('the scenario is broken')
    }
    await expect(search(session)).rejects.toThrow('the scenario is broken')
    expect(session.told.at(-1)).toMatchObject({ end: 'aborted' })
  })

  test('refuses bad options before anything is told', async () => {
    const session = new VirtualSession()
    expect(() => search(session, { ...OPTIONS, from: 9999 })).toThrow(/takes a `from` below `to`/)
    expect(session.told).toEqual([])
  })
})
