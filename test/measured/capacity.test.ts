import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eachLeg } from '../e2e/each-leg.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

eachLeg((leg) => {
  describe('a target that serves 200 requests/s', () => {
    test('has its capacity found within 5 %, as one record of history, and its refusals told in order', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'a.perf.ts': `
          import { expect, test } from 'vitest-perf'
          import { http } from 'vitest-perf/scenarios'
          const work = http.get('${server.url}/work?ms=20&concurrency=4')
          test('capacity', async ({ capacity }) => {
            const found = await capacity(work, { from: 150, to: 400, until: { p50: '100ms' }, trial: '500ms', warmup: '200ms', confirm: 1 })
            expect(found.end).toBe('found')
            expect(found.highestPassing).toBeGreaterThanOrEqual(190)
            expect(found.highestPassing).toBeLessThanOrEqual(210)
            expect(found.measurement).toSustainQps(190)
          })
          test('open end', async ({ capacity }) => {
            const found = await capacity(work, { from: 20, to: 40, until: { p50: '900ms' }, trial: '500ms', warmup: 0, confirm: 1, maxTrials: 1 })
            expect(found.highestPassing).toBeGreaterThanOrEqual(30)
          })
          test('exhaustion', async ({ exhaust }) => {
            const refusing = http.get('${server.url}/work?ms=20&concurrency=4&queue=30')
            const { signs, end } = await exhaust(refusing, { from: 100, to: 500, over: '2500ms', steps: 5 })
            expect(end).toBe('refused')
            const kinds = signs.map((sign) => sign.kind)
            expect(kinds).toContain('http')
            expect(kinds.indexOf('queue')).toBeLessThan(kinds.indexOf('http'))
            expect(signs.find((sign) => sign.kind === 'http')).toMatchObject({ detail: '503' })
          })`,
      })
      const result = await project.run()
      expect(result.stdout).toMatch(/2 passed/)
      expect(result.output).toMatch(/cannot judge: capacity at least 20\/s, not confirmed; no failing level was found/)
      expect(result.stderr).toMatch(/trial 2 of about \d+ at 300\/s · 150\/s passes/)
      expect(result.stderr).toMatch(/capacity · capacity · [\d.]+\/s; [\d.]+\/s fails/)
      const [file, ...more] = await project.files('.perf/history')
      expect(more).toEqual([])
      const stored = JSON.parse(await project.read(`.perf/history/${file}`)) as { loads: { metrics: object }[] }
      expect(stored.loads).toHaveLength(1)
      expect(stored.loads[0]!.metrics).toHaveProperty('capacity')
      expect(await project.files('.perf/runs')).toEqual([])
      expect(await project.survivors()).toEqual([])
    })
  })
})
