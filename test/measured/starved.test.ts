import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eachLeg } from '../e2e/each-leg.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { specText } from '../support/spec-text.ts'
import { TemporaryProject } from '../support/temporary-project.ts'

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

eachLeg((leg) => {
  const get = (path: string): string => `http.get('${server.url}${path}')`

  describe('a load whose generator is starved', () => {
    test('on an absurd rate is invalid: it cannot be judged, and no negation passes', async () => {
      const project = await TemporaryProject.create(leg, {
        'a.perf.ts': specText(
          get('/'),
          "{ rate: 200000, duration: '800ms', generators: 1, gracefulStop: '100ms' }",
          "expect(run).toHaveP99Below('10s')",
        ),
        'b.perf.ts': specText(
          get('/'),
          "{ rate: 200000, duration: '800ms', generators: 1, gracefulStop: '100ms' }",
          "expect(run).not.toHaveP99Below('1ms')",
        ),
      })
      const result = await project.run()
      expect(result.exitCode).toBe(1)
      expect(result.output.match(/cannot judge: p99 latency/g)?.length).toBeGreaterThanOrEqual(2)
      expect(result.output).toMatch(/pacer lag|dispatched/)
      expect(await project.files('.perf/baselines')).toEqual([])
    })

    test('beside busy loops on every core is invalid', async () => {
      const loops = Array.from({ length: 4 * availableParallelism() }, () =>
        spawn(process.execPath, ['-e', 'const end = Date.now() + 30_000; while (Date.now() < end);'], {
          stdio: 'ignore',
        }),
      )
      try {
        const project = await TemporaryProject.create(leg, {
          'a.perf.ts': specText(
            get('/'),
            "{ rate: 5000, duration: '2s', generators: 1, gracefulStop: '1s' }",
            "expect(run).toHaveP50Below('10s')",
          ),
        })
        const result = await project.run()
        expect(result.exitCode).toBe(1)
        expect(result.output).toMatch(/cannot judge: p50 latency[\s\S]*pacer lag p99/)
      } finally {
        for (const loop of loops) loop.kill('SIGKILL')
      }
    })
  })
})
