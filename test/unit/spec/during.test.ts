import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Scenario } from '../../../src/domain/scenario.ts'
import { ENVELOPE, type HostEnvelope, type RunningEnvelope } from '../../../src/pool/protocol.ts'
import type { HostLink, HostRequest } from '../../../src/spec/host-link.ts'
import { type LoadContext, LoadSession } from '../../../src/spec/load-session.ts'
import { SETTINGS_VARIABLE } from '../../../src/spec/settings.ts'
import { httpScenario } from '../../support/load-plan.ts'
import { INVALID, measurementData, reference } from '../../support/measurement-builder.ts'

const chat: Scenario = { name: 'chat', plan: () => httpScenario('http://127.0.0.1:1/') }
const RATE = { rate: 5, duration: '30s' } as const
const SCENARIO_ERROR = { code: 'scenario-failed', message: 'scenario broke', stack: null }

beforeEach(() => {
  const settings = { root: '/', onInvalid: 'fail', onInconclusive: 'warn', idle: null }
  vi.stubEnv(SETTINGS_VARIABLE, JSON.stringify(settings))
})
afterEach(() => vi.unstubAllEnvs())

/** A session whose host starts a load at once and answers when told to, or when it is aborted. */
function session(): {
  readonly session: LoadSession
  readonly aborts: string[]
  readonly answer: (failed?: boolean) => void
} {
  const aborts: string[] = []
  let answer: (failed?: boolean) => void = () => undefined
  const link = {
    request: (request: HostRequest, signal: AbortSignal, running: (envelope: RunningEnvelope) => void) =>
      new Promise<HostEnvelope>((resolve) => {
        const startUs = Number(process.hrtime.bigint() / 1000n)
        running({ [ENVELOPE]: true, kind: 'running', id: 1, startUs, openUs: startUs })
        const measured = (aborted: boolean) =>
          request.kind === 'once'
            ? []
            : request.loads.map(({ plan, specId }) => ({
                measurement: measurementData({ plan, specId, ...(aborted ? { validity: INVALID } : {}) }),
                reference: reference(),
              }))
        answer = (failed = false) =>
          resolve(
            failed
              ? { [ENVELOPE]: true, kind: 'failed', id: 1, error: SCENARIO_ERROR, measured: [] }
              : { [ENVELOPE]: true, kind: 'loaded', id: 1, measured: measured(false) },
          )
        signal.addEventListener('abort', () => {
          aborts.push(String(signal.reason))
          resolve({ [ENVELOPE]: true, kind: 'loaded', id: 1, measured: measured(true) })
        })
      }),
  } as unknown as HostLink
  const context = {
    task: { name: 'a test', meta: {}, file: { filepath: '/a.perf.ts' }, suite: undefined },
    signal: new AbortController().signal,
    annotate: () => Promise.resolve(),
  } as unknown as LoadContext
  return { session: new LoadSession(link, context), aborts, answer: (failed) => answer(failed) }
}

describe('during a load', () => {
  test('events become part of its measurement, which is returned', async () => {
    const { session: perf, answer } = session()
    const run = await perf.during(perf.load(chat, RATE), async ({ at, mark }) => {
      await at('1ms')
      await mark('deploy')
      answer()
    })
    expect(run.data.events).toMatchObject([{ kind: 'mark', name: 'deploy', errorUs: 0 }])
    expect(run.data.events[0]!.atUs).toBeGreaterThanOrEqual(1000)
  })

  test('of several services events become part of each', async () => {
    const { session: perf, answer } = session()
    const run = await perf.during(perf.loadServices({ llm: [chat, RATE], tts: [chat, RATE] }, {}), async ({ mark }) => {
      await mark('deploy')
      answer()
    })
    for (const name of run.services) expect(run.scenario(name).data.events).toHaveLength(1)
  })

  test("an error of the callback ends the load and is the test's, alone", async () => {
    const { session: perf, aborts } = session()
    const broken = perf.during(perf.load(chat, RATE), () => Promise.reject(new Error('my own')))
    await expect(broken).rejects.toThrow(/^my own$/)
    expect(aborts).toEqual(['what was done during it failed: my own'])
    expect(() => perf.refuseUnjudged()).not.toThrow()
  })

  test("an error of the load is the test's, also where the callback waits for a time that never comes", async () => {
    const { session: perf, answer } = session()
    const broken = perf.during(perf.load(chat, RATE), ({ at }) => {
      answer(true)
      return at('10s')
    })
    await expect(broken).rejects.toThrow('scenario broke')
  })

  test('a time after its end is an error', async () => {
    const { session: perf, answer, aborts } = session()
    const late = perf.during(perf.load(chat, RATE), ({ at }) => {
      answer()
      return at('10s')
    })
    await expect(late).rejects.toThrow("at('10s'): the load has ended before")
    expect(aborts).toEqual([])
  })

  test('takes the promise of a load of this test, and a function', async () => {
    const { session: perf, answer } = session()
    const strange = perf.during(Promise.resolve(1), () => undefined)
    await expect(strange).rejects.toThrow(/^during\(load, act\): got .*, takes what load\(\) returns, not awaited/)
    await expect(perf.during(measurementData() as never, () => undefined)).rejects.toThrow('not awaited')
    await expect(perf.during(perf.load(chat, RATE), 'kill' as never)).rejects.toThrow(
      "during(load, act): got 'kill', takes a function",
    )
    answer()
  })
})
