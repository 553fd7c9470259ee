import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { percentile } from '../../src/domain/distribution.ts'
import { distribution, outcomes } from '../support/delta-reading.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { bundleFolder, bundleGenerator, ForkedGenerator, nowUs } from '../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../support/load-plan.ts'

/*
 * The truth of the measurement: a server draws delays, and notes how long it really kept each request. The same requests,
 * so the same ranks: what is left is the error of the measurement, and no sampling. Where the machine keeps processes
 * from running, the generator's own lag shows it, and as much is allowed to it for reading and to the server for being
 * given the request.
 */

let server: FixtureServer
let entry = ''
const folder = bundleFolder()
beforeAll(async () => {
  server = await fixtureServer('plain-server')
  entry = await bundleGenerator(folder)
  // What a cold server takes before it sees a request is in no log.
  for (let i = 0; i < 20; i++)
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.url}/drawn?dist=constant&ms=1`)))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.stop()
})

const get = async (path: string, body?: object): Promise<unknown> =>
  (await fetch(server.url + path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })).json()

test.each([
  ['constant', 'dist=constant&ms=100', 0],
  ['bimodal', 'dist=bimodal&low=60&high=180&share=0.3', 0],
  ['log-normal', 'dist=lognormal&median=80&sigma=0.4', 0],
  ['constant but for a stall', 'dist=constant&ms=60', 400],
])('delays that are %s are measured to 1 % and 0.3 ms', async (_, query, stallMs) => {
  const generator = new ForkedGenerator(entry)
  try {
    const plan = loadPlan(arrivals(150, 2 * SECOND, { arrivals: 'poisson', maxUsers: 200 }), {
      scenario: httpScenario(`${server.url}/drawn?${query}`),
    })
    await get('/drawn/log')
    generator.prepare(plan)
    await generator.report('ready')
    if (stallMs > 0) await get('/stall', { afterMs: 800, forMs: stallMs })
    generator.send({ kind: 'go', startUs: nowUs() + 20_000 })
    await generator.report('delta', ({ final }) => final)
    const { deltas } = generator
    const served = ((await get('/drawn/log')) as number[]).sort((a, b) => a - b)
    expect(outcomes(deltas)).toMatchObject({ attempted: served.length, good: served.length })
    const service = distribution(deltas, 'serviceTime')
    const lagMs = percentile(distribution(deltas, 'pacerLag'), 99)! / 1e3
    const errors = [50, 99].map((p) => {
      const truth = served[Math.ceil((p / 100) * served.length) - 1]!
      const error = percentile(service, p)! / 1e3 - truth
      return { p, truth, error, lagMs, within: Math.abs(error) < 0.01 * truth + 0.3 + 2 * lagMs }
    })
    expect(errors).toMatchObject([{ within: true }, { within: true }])
  } finally {
    generator.kill()
  }
})
