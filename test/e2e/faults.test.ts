import { describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from './each-leg.ts'

eachLeg((leg) => {
  describe('faults', () => {
    test('kill and restart a server under load, and one service that fails ends all', async () => {
      const port = await freePort()
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'broken.scenario.ts': `
          import { defineScenario } from 'vitest-perf/scenarios'
          export default defineScenario(async () => { throw new TypeError('the scenario is broken') })`,
        'a.perf.ts': `
          import { expect, server, test } from 'vitest-perf'
          import { http, scenario } from 'vitest-perf/scenarios'
          const service = server({ command: ['node', '${process.cwd()}/fixtures/dist/plain-server.js', '--port', '${port}'], ready: /listening on (\\S+)/ })
          const get = http.get('/', { baseUrl: service })

          test('goes and comes back', async ({ load, during }) => {
            const before = service.pid
            const run = await during(load(get, { rate: 50, duration: '4s' }), async ({ at, kill, mark }) => {
              await at('300ms')
              await kill(service)
              await expect(service.kill()).rejects.toThrow(/does not run \\(signal SIGKILL\\)/)
              await at('600ms')
              await service.restart()
              await mark('back')
            })
            expect(service.pid).not.toBe(before)
            expect(service.url).toBe('http://127.0.0.1:${port}')
            expect(run.data.events.map(({ kind, name }) => kind + ' ' + name)).toEqual(['fault SIGKILL', 'mark back'])
            expect(run.lost.connection).toBeGreaterThan(5)
            expect(run.series.outcomes.good).toBeGreaterThan(20)
            expect(() => expect(run).toRecoverWithin('5s')).toThrow(/cannot judge/)
          })
          test('one breaks', async ({ load }) => {
            const broken = scenario(new URL('./broken.scenario.ts', import.meta.url))
            await load({ web: [get, { rate: 20, duration: '30s' }], bad: [broken, { rate: 5, duration: '30s' }] })
          })`,
      })
      const result = await project.run()
      expect(result.stdout).toMatch(/Tests {2}1 failed \| 1 passed/)
      expect(result.output).toMatch(/service bad: TypeError: the scenario is broken/)
      expect(result.stderr).toMatch(/fault SIGKILL · \d+ ms into the window · within/)
      expect(result.stderr).toMatch(/mark back/)
      expect(result.stderr).toMatch(
        /one breaks · web[^]*the load ended before its plan did: service bad: the scenario failed/,
      )
      expect(await project.survivors()).toEqual([])
    })
  })
})
