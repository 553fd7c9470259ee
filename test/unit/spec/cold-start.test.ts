import { describe, expect, test } from 'vitest'
import { coldStartLines } from '../../../reporters/terminal/cold-start-view.ts'
import { type ColdStartRun, type ColdStartSummary, warmingOf } from '../../../src/domain/cold-start.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import '../../../src/matchers/register.ts'
import { ColdStart } from '../../../src/measure/cold-start.ts'
import type { Answers, Exchange } from '../../../src/pool/protocol.ts'
import { http } from '../../../src/scenarios/index.ts'
import { type ColdStartSession, coldStarts } from '../../../src/spec/cold-start.ts'
import { modelLoadUs } from '../../../src/spec/model-load.ts'
import type { RunningServer } from '../../../src/spec/server-process.ts'
import { measured } from '../../support/measurement-builder.ts'

const exchange = (body = '{}', headers: Record<string, string> = {}): Exchange => ({
  request: { method: 'GET', url: '', headers: {}, body: null },
  response: { status: 200, headers, body },
  failure: null,
  timings: {},
})

/** A server that becomes ready after so many milliseconds each time, in turn. */
class VirtualServer implements RunningServer {
  readonly url = 'http://127.0.0.1:9'
  readonly pid = 1
  readonly id = 'x'
  readyMs = 0
  starts = 0
  stopped = false
  readonly #times: readonly number[]

  constructor(...times: readonly number[]) {
    this.#times = times
    this.readyMs = times[0]!
  }

  output = (): string => `model loaded in ${this.readyMs / 2} ms\n`
  kill = () => Promise.resolve(true)
  async restart(): Promise<void> {
    this.readyMs = this.#times[this.starts++ % this.#times.length]!
  }
  async stop(): Promise<void> {
    this.stopped = true
  }
}

class VirtualSession implements ColdStartSession {
  readonly controller = new AbortController()
  readonly told: ColdStartSummary[] = []
  answer: Partial<Answers> = {}
  onAsked: () => void = () => undefined

  get signal(): AbortSignal {
    return this.controller.signal
  }

  async answers(_scenario: unknown, { requests }: { readonly requests: number }): Promise<Answers> {
    this.onAsked()
    const latenciesUs = Array.from({ length: requests }, (_, i) => (i === 0 ? 60_000 : 10_000))
    return { firstSentUs: 0, failedBefore: 0, firstGoodUs: 60_000, latenciesUs, exchange: exchange(), ...this.answer }
  }

  nextColdStart(): string {
    return 'cold start'
  }

  beginSearch(label: string) {
    return {
      specId: { file: 'a.perf.ts', path: ['starts'], label },
      tell: (summary: SearchSummary) => this.told.push(summary as ColdStartSummary),
    }
  }
}

const scenario = http.get('http://127.0.0.1:9/')
const start = (session: VirtualSession, server: VirtualServer, options: object = {}) =>
  coldStarts(session, { start: () => Promise.resolve(server), onInconclusive: 'warn' }, server, scenario, options)

describe('coldStart()', () => {
  test('restarts before every start and adds the first good answer to the time until ready', async () => {
    const server = new VirtualServer(1000, 1100, 1200)
    const session = new VirtualSession()
    const found = await start(session, server, { runs: 3, modelLoad: /loaded in ([\d.]+) ms/ })
    expect(server.starts).toBe(3)
    expect(server.stopped).toBe(false)
    expect(found.coldStart).toMatchObject({ n: 3, values: [1060, 1160, 1260], median: 1160, min: 1060 })
    expect(found.ready!.mean).toBe(1100)
    expect(found.modelLoad!.values).toEqual([500, 550, 600])
    expect(found.firstRequestPenalty!.values).toEqual([6, 6, 6])
    expect(found.requestsUntilSteady!.values).toEqual([1, 1, 1])
    expect(session.told.map(({ end, runs }) => [end, runs.length])).toEqual([
      [null, 0],
      [null, 1],
      [null, 2],
      [null, 3],
      ['done', 3],
    ])
  })

  test('starts a server of its own for the first run and stops it after the last', async () => {
    const server = new VirtualServer(500)
    const environment = { start: () => Promise.resolve(server), onInconclusive: 'warn' } as const
    await coldStarts(new VirtualSession(), environment, { command: 'x', ready: 'y' }, () => scenario, { runs: 3 })
    expect([server.starts, server.stopped]).toEqual([2, true])
  })

  test('fails when no good answer came, and keeps the starts before', async () => {
    const session = new VirtualSession()
    const refused = { kind: 'http', detail: '503', message: 'loading' }
    session.onAsked = () => {
      const runs = session.told.at(-1)!.runs.length
      if (runs === 1)
        session.answer = { firstGoodUs: null, failedBefore: 7, exchange: { ...exchange(), failure: refused } }
    }
    await expect(start(session, new VirtualServer(1), { firstAnswerWithin: '2s' })).rejects.toThrow(
      'coldStart(): no good answer within 2 s of ready, 7 attempts failed: http 503: loading',
    )
    expect(session.told.at(-1)).toMatchObject({ end: 'aborted', runs: [{}] })
  })

  test('ends with what it has when the test is cancelled', async () => {
    const session = new VirtualSession()
    session.onAsked = () => session.controller.abort()
    const server = new VirtualServer(1)
    await expect(start(session, server)).rejects.toThrow('the cold starts were stopped')
    expect(session.told.at(-1)!.end).toBe('aborted')
  })

  test.each([
    [{ runs: 0 }, 'option runs: got 0, takes a whole number from 1'],
    [{ modelLoad: 'load' }, "option modelLoad: got 'load', takes a pattern with a group, { json: path, unit? }"],
    [{ warm: true }, 'unknown option warm'],
  ])('refuses %j', async (options, message) => {
    await expect(start(new VirtualSession(), new VirtualServer(1), options)).rejects.toThrow(message)
  })
})

describe('the warm-up after a start', () => {
  test.each([
    [[90, 30, 10, 10, 10, 11, 10, 10], { steadyUs: 10_000, untilSteady: 2, firstRequestPenalty: 9 }],
    [[10, 10, 10, 10, 10, 10], { steadyUs: 10_000, untilSteady: 0, firstRequestPenalty: 1 }],
    [[50, 10, 30, 10, 30, 10, 30, 10], { steadyUs: 10_000, untilSteady: null, firstRequestPenalty: 5 }],
    [[null, null], { steadyUs: null, untilSteady: null, firstRequestPenalty: null }],
  ])('of %j ms is %j', (ms, warming) => {
    expect(warmingOf(ms.map((one) => (one === null ? null : one * 1000)))).toEqual(warming)
  })
})

describe('the model load', () => {
  test.each([
    [/loaded in ([\d.]+) ms/, 'model loaded in 12.5 ms', exchange(), 12_500],
    [/loaded in ([\d.]+) ?(ms|s)/, 'model loaded in 2.5 s', exchange(), 2_500_000],
    [/loaded in ([\d.]+)/, 'nothing', exchange(), null],
    [
      { json: 'load_duration', unit: 'ns' },
      '',
      exchange('{"done":false}\n{"done":true,"load_duration":5000000}\n'),
      5000,
    ],
    [{ json: 'timings.load' }, '', exchange('data: {"timings":{"load":7}}\n\ndata: [DONE]\n'), 7000],
    [{ json: 'load' }, '', exchange('not json'), null],
    [{ stage: 'load' }, '', exchange('', { 'server-timing': 'load;dur=3.5' }), 3500],
  ] as const)('is read by %o', (source, output, first, us) => {
    expect(modelLoadUs(source, output, first)).toBe(us)
  })
})

const started = (...ms: number[]): ColdStart =>
  new ColdStart(
    'starts',
    ms.map((one): ColdStartRun => ({
      readyUs: one * 900,
      modelLoadUs: null,
      firstAnswerUs: one * 100,
      coldStartUs: one * 1000,
      idleUs: 0,
      failedBefore: 0,
      latenciesUs: [],
      steadyUs: null,
      untilSteady: null,
      firstRequestPenalty: null,
    })),
  )

describe('a comparison of cold starts', () => {
  const fp16 = started(10_000, 10_300, 9_900, 10_100, 10_200)

  test('holds when the bound of the ratio is beyond the claim', () => {
    const int4 = started(3_500, 3_600, 3_450, 3_550, 3_600)
    expect(int4).toBeFasterThan(fp16, { by: '60%' })
    expect(int4).toBeFasterThan(fp16, { by: '60%', metric: 'ready' })
    expect(() => expect(int4).not.toBeFasterThan(fp16, { by: '60%' })).toThrow('not at least 60 % shorter')
    expect(() => expect(int4).toBeFasterThan(fp16, { by: '80%' })).toThrow(
      /expected cold start at least 80 % shorter than the other's\n {2}measured: 10.1 s → 3.54 s, −65 % \[−65/,
    )
  })

  test('cannot be judged where few or noisy starts leave it open, under .not too', () => {
    const lucky = started(3_000, 3_100)
    const noisy = started(1_500, 3_000, 4_400, 6_000)
    for (const [starts, why] of [
      [lucky, 'too few starts to tell'],
      [noisy, 'too noisy to tell'],
    ] as const) {
      expect(() => expect(starts).toBeFasterThan(fp16, { by: '60%' })).toThrow(why)
      expect(() => expect(starts).not.toBeFasterThan(fp16, { by: '60%' })).toThrow(why)
    }
    expect(() => expect(lucky).toBeFasterThan(fp16, { metric: 'modelLoad' })).toThrow('model load is unknown')
  })

  test('is refused against a load, and of an unknown figure', () => {
    expect(() => expect(fp16).toBeFasterThan(measured().run as never)).toThrow('takes what coldStart() returned')
    expect(() => expect(fp16).toBeFasterThan(fp16, { metric: 'load' as never })).toThrow(
      "got 'load', takes coldStart, ready, modelLoad, firstAnswer",
    )
  })
})

describe('toColdStartWithin', () => {
  test('passes, is weak where the next start may be over, fails where one was', () => {
    expect(started(22_400, 23_000, 22_800)).toColdStartWithin('33s')
    expect(started(22_400, 23_000, 22_800)).not.toColdStartWithin('20s')
    expect(() => expect(started(22_400, 33_400)).toColdStartWithin('33s')).toThrow(
      'expected every cold start within 33 s\n  measured: slowest 33.4 s, n = 2\n  distance: 400 ms (1.21 %) over\n  1 of 2 starts were over',
    )
    expect(() => expect(measured().run).toColdStartWithin('1s')).toThrow('takes what coldStart() returned')
  })

  test('records its verdicts for the reporter', async () => {
    const session = new VirtualSession()
    expect(await start(session, new VirtualServer(1000), { runs: 1 })).toColdStartWithin('2s')
    expect(session.told.at(-1)!.expectations).toMatchObject([
      { verdict: 'weak', claim: 'every cold start within 2 s', notes: [expect.stringContaining('a single start')] },
    ])
  })
})

test.each([100, 60, 40])('the report is never wider than %d columns', async (columns) => {
  const session = new VirtualSession()
  await start(session, new VirtualServer(1000, 2000), { runs: 2 })
  const lines = coldStartLines(session.told.at(-1)!, { columns, style: PLAIN_STYLE })
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  expect(lines.join('\n')).toContain('2 of 2 starts')
})
