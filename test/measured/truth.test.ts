import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from '../e2e/each-leg.ts'

/** The parts of a measurement that these tests read, as the spec writes them to a file. Times in milliseconds. */
interface Numbers {
  readonly qps: number
  readonly ttft: Summary
  readonly latency: Summary
  readonly serviceTime: Summary
  readonly interChunkLatency: Summary
  readonly pacerLag: Summary
  readonly outcomes: { readonly attempted: number; readonly good: number }
  readonly outputTokens: { readonly min: number; readonly max: number }
  readonly achievedRate: number
}

interface Summary {
  readonly n: number
  readonly p50: number
  readonly p99: number
}

const SPEC = `
import { writeFileSync } from 'node:fs'
import { test } from 'vitest-perf'
import { http, openai } from 'vitest-perf/scenarios'

test('measures', async ({ load }) => {
  const target = process.env.TARGET
  const scenario = process.env.STREAM
    ? openai.chat({ baseUrl: target, model: 'm', messages: [{ role: 'user', content: 'hello' }] })
    : http.get(target)
  const run = await load(scenario, JSON.parse(process.env.LOAD))
  const { data } = run
  const tokens = data.series.distributions.outputTokens
  writeFileSync('numbers.json', JSON.stringify({
    qps: run.qps, ttft: run.ttft, latency: run.latency, serviceTime: run.serviceTime,
    interChunkLatency: run.interChunkLatency, pacerLag: run.pacerLag,
    outcomes: data.series.outcomes, outputTokens: tokens && { min: tokens.min, max: tokens.max },
    achievedRate: data.series.events.sent / (data.series.windowUs / 1e6),
  }))
})
`

let planted: FixtureServer
let plain: FixtureServer
beforeAll(async () => {
  planted = await fixtureServer('inference-server', ['--engine', 'planted'])
  plain = await fixtureServer('plain-server')
})
afterAll(() => Promise.all([planted.stop(), plain.stop()]))

function plant(settings: object): Promise<Response> {
  return fetch(`${planted.url}/planted`, { method: 'POST', body: JSON.stringify(settings) })
}

eachLeg((leg) => {
  async function measure(env: Readonly<Record<string, string>>, load: object): Promise<Numbers> {
    const project = await TemporaryProject.create(leg, { 'vitest.config.ts': LENIENT_CONFIG, 'a.perf.ts': SPEC })
    const result = await project.run({ env: { ...env, LOAD: JSON.stringify(load) } })
    expect(result.output).not.toMatch(/Error/)
    return JSON.parse(await project.read('numbers.json')) as Numbers
  }

  describe('the error of the measurement itself', () => {
    test('TTFT, gaps, token counts and rate of a planted engine are recovered', async () => {
      await plant({ ttftMs: 80, gapMs: 10, chunks: 20 })
      const numbers = await measure({ TARGET: planted.url, STREAM: '1' }, { rate: 50, duration: '6s', warmup: '1s' })
      expect(numbers.ttft.n).toBe(300)
      expect(Math.abs(numbers.ttft.p50 - 80)).toBeLessThan(3)
      expect(Math.abs(numbers.interChunkLatency.p50 - 10)).toBeLessThan(1)
      expect(numbers.interChunkLatency.n).toBe(300 * 19)
      expect(numbers.outputTokens).toEqual({ min: 20, max: 20 })
      expect(Math.abs(numbers.qps - 50)).toBeLessThan(0.5)
    })

    test('a stall shows in latency although service time hides it', async () => {
      // Counted from here: within the ten seconds of the load whether its start takes one second or eight.
      await plant({ ttftMs: 5, gapMs: 1, chunks: 2, stall: { afterMs: 8000, forMs: 2000 } })
      const numbers = await measure({ TARGET: planted.url, STREAM: '1' }, { rate: 100, duration: '10s', maxUsers: 10 })
      expect(numbers.latency.p99).toBeGreaterThanOrEqual(1800)
      expect(numbers.serviceTime.p99).toBeLessThan(50)
      expect(numbers.outcomes).toMatchObject({ attempted: 1000, good: 1000 })
    })

    test('2,000 requests/s are sent within 1 % of the rate', async () => {
      const numbers = await measure({ TARGET: `${plain.url}/` }, { rate: 2000, duration: '5s', warmup: '1s' })
      expect(Math.abs(numbers.achievedRate - 2000)).toBeLessThan(20)
      expect(numbers.pacerLag.n).toBe(10_000)
    })
  })
})
