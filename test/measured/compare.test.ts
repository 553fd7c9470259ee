import { afterAll, beforeAll, expect, test } from 'vitest'
import { eachLeg } from '../e2e/each-leg.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'

const SPEC = `
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest-perf'
import { http } from 'vitest-perf/scenarios'

const at = (url) => http.get(url + '/delay?ms=200')
test('planted changes', async ({ compare }) => {
  const { BASE, SLOWER, FASTER } = process.env
  const load = { users: 8, iterations: 24, warmup: 0 }
  const slower = await compare({ a: at(BASE), b: at(SLOWER) }, { ...load, pairs: 6, label: 'slower' })
  const faster = await compare({ a: at(BASE), b: at(FASTER) }, { ...load, pairs: 5, label: 'faster' })
  writeFileSync('found.json', JSON.stringify([slower, faster].map((one) => one.metric('latency.p50'))))
  expect(slower).not.toNotRegress({ metrics: ['latency.p50'] })
  expect(faster.b).toBeFasterThan(faster.a, { by: '10%' })
})
`

const servers: FixtureServer[] = []
beforeAll(async () => {
  for (const slower of ['1', '1.1', '0.8']) servers.push(await fixtureServer('plain-server', ['--slower', slower]))
})
afterAll(() => Promise.all(servers.map((server) => server.stop())))

eachLeg((leg) => {
  test('a tenth slower is REGRESSED, a fifth faster IMPROVED, by about what was planted', async () => {
    const project = await TemporaryProject.create(leg, { 'a.perf.ts': SPEC, 'vitest.config.ts': LENIENT_CONFIG })
    try {
      const [BASE, SLOWER, FASTER] = servers.map(({ url }) => url) as [string, string, string]
      const { exitCode, output } = await project.run({ env: { BASE, SLOWER, FASTER } })
      expect(output).toMatch(/REGRESSED against a, 6 pairs in one job/)
      expect(exitCode).toBe(0)
      const [slower, faster] = JSON.parse(await project.read('found.json')) as [Found, Found]
      expect([slower.verdict, faster.verdict]).toEqual(['REGRESSED', 'IMPROVED'])
      // The path to the server takes a part of a millisecond beside what is planted.
      expect(Math.abs(slower.change - 0.1)).toBeLessThan(0.03)
      expect(Math.abs(faster.change + 0.2)).toBeLessThan(0.03)
    } finally {
      await project.remove()
    }
  })
})

interface Found {
  readonly verdict: string
  readonly change: number
}
