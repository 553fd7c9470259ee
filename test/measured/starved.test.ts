import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eachLeg } from '../e2e/each-leg.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { specsText, specText } from '../support/spec-text.ts'
import { TemporaryProject } from '../support/temporary-project.ts'

const ABSURD = "{ rate: 200000, duration: '800ms', generators: 1, gracefulStop: '100ms' }"

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
        'a.perf.ts': specsText([
          [get('/'), ABSURD, "expect(run).toHaveP99Below('10s')"],
          [get('/'), ABSURD, "expect(run).not.toHaveP99Below('1ms')"],
        ]),
      })
      const result = await project.run()
      expect(result.exitCode).toBe(1)
      expect(result.output.match(/cannot judge: p99 latency/g)?.length).toBeGreaterThanOrEqual(2)
      expect(result.output).toMatch(/pacer lag|dispatched/)
      expect(await project.files('.perf/baselines')).toEqual([])
    })

    // Busy loops beside it starve it on some days only: schedulers favour who sleeps. This is certain on all.
    test('that is kept from running for a third of the time is invalid', async () => {
      const project = await TemporaryProject.create(leg, {
        'a.perf.ts': specText(
          get('/'),
          "{ rate: 500, duration: '3s', generators: 1 }",
          "expect(run).toHaveP50Below('10s')",
        ),
      })
      const vitest = project.start(['run', '--project', 'perf'])
      await vitest.saw(/measuring/)
      const [generator] = await project.pids('generator.js')
      for (let i = 0; i < 15; i++) {
        process.kill(generator!, 'SIGSTOP')
        await sleep(50)
        process.kill(generator!, 'SIGCONT')
        await sleep(100)
      }
      const result = await vitest.ended
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/cannot judge: p50 latency[\s\S]*pacer lag p99/)
    })
  })
})
