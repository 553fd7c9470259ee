import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PerfMeta } from '../../src/domain/perf-meta.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { specText } from '../support/spec-text.ts'
import { LENIENT_CONFIG, type RunResult, type RunningVitest, TemporaryProject } from '../support/temporary-project.ts'
import { hasTmux, TmuxTerminal } from '../support/tmux-terminal.ts'
import { eachLeg } from './each-leg.ts'

const TMUX = hasTmux()

/** Whole, above Vitest's own lines. */
const PANEL =
  /^ the spec\n \S{9} measuring · \d+ s · \d+ s left\n rate +\S+ of 100\/s[^]*\n latency +now p50 .*\n[^]*\n generator lag p99 [^]*\n\n .*a\.perf\.ts 0\/1\n\n Test Files /m

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

eachLeg((leg) => {
  const longSpec = (): string =>
    specText(
      `http.get('${server.url}/delay?ms=5')`,
      "{ rate: 100, duration: '60s' }",
      "expect(run).toHaveP50Below('1s')",
    )

  /** Starts a 60 s load and returns once it measures. */
  async function measuring(): Promise<{ project: TemporaryProject; vitest: RunningVitest }> {
    const project = await TemporaryProject.create(leg, { 'a.perf.ts': longSpec() })
    const vitest = project.start(['run', '--project', 'perf'])
    await vitest.saw(/measuring/)
    await sleep(2500)
    return { project, vitest }
  }

  /** The next run of the same project, with a load of its own that ends soon. */
  async function nextRun(project: TemporaryProject): Promise<RunResult> {
    await project.write({
      'a.perf.ts': specText(
        `http.get('${server.url}/')`,
        '{ users: 1, iterations: 3 }',
        'expect(run).toHaveNoErrors()',
      ),
    })
    return project.run()
  }

  async function abortedLoads(
    project: TemporaryProject,
  ): Promise<{ status: string; outcomes: { attempted: number } }[]> {
    const files = await project.files('.perf/history')
    const records = await Promise.all(
      files.map(async (file) => JSON.parse(await project.read(`.perf/history/${file}`)) as { loads: never[] }),
    )
    return records
      .flatMap((record) => record.loads as { status: string; outcomes: { attempted: number } }[])
      .filter((load) => load.status === 'aborted')
  }

  describe('ending early', () => {
    test('Ctrl-C ends load and processes within two seconds and keeps what was measured', async () => {
      const { project, vitest } = await measuring()
      // As a terminal does it: to every process of the group.
      process.kill(-vitest.child.pid!, 'SIGINT')
      const asked = Date.now()
      const result = await vitest.ended
      expect(Date.now() - asked).toBeLessThan(10_000)
      expect(result.exitCode).not.toBe(0)
      expect(result.stderr.replaceAll(/\s+/g, ' ')).toMatch(/the load ended before its plan did/)
      expect(result.stderr).toMatch(/latency +\d/)
      expect(await project.files('.perf/runs')).toEqual([])
      await sleep(2000)
      expect(await project.survivors()).toEqual([])
      expect((await nextRun(project)).exitCode).toBe(0)
      const [aborted] = await abortedLoads(project)
      expect(aborted?.outcomes.attempted).toBeGreaterThan(100)
    })

    test.skipIf(!TMUX)(
      'in a terminal the load has a panel in the window of Vitest, and Ctrl-C leaves a clean screen',
      async () => {
        const load = `http.get('${server.url}/delay?ms=5')`
        const project = await TemporaryProject.create(leg, {
          'a.perf.ts': specText(load, "{ rate: 100, duration: '60s' }", '').replace(
            'const run',
            "setTimeout(() => console.log('said by the spec'), 4000)\n  const run",
          ),
        })
        const line = project.shellLine(['run', '--project', 'perf', '--reporter=default'])
        const terminal = new TmuxTerminal(`${project.directory}.tmux`, line, 80, 30)
        try {
          expect(await terminal.saw(/so far p50/)).toMatch(PANEL)
          terminal.resize(50, 30)
          const narrow = await terminal.saw(/said by the spec\n[^]*so far p50/)
          await sleep(1500)
          for (const screen of [narrow, terminal.screen()]) {
            expect(screen).toMatch(PANEL)
            expect(screen.match(/ measuring · /g)).toHaveLength(1)
            expect(screen.match(/^ Test Files /gm)).toHaveLength(1)
          }
          terminal.press('C-c')
          const end = await terminal.saw(/^ended 1/m)
          expect(end).not.toMatch(/left$|^ rate |so far|░/m)
          expect(end.replaceAll(/\s+/g, ' ')).toMatch(
            /perf · the spec [\d,]+ requests, .*the load ended before its plan did/,
          )
          expect(terminal.isCursorShown).toBe(true)
        } finally {
          terminal.close()
        }
      },
    )

    test('an abort rule ends the load and fails the test, also one that catches the error', async () => {
      const spec = `
        import { expect, test } from 'vitest-perf'
        import { http } from 'vitest-perf/scenarios'
        const nobody = http.get('http://127.0.0.1:9/')
        test('gone', async ({ load }) => {
          await load(nobody, { rate: 50, duration: '60s', abortOn: { targetGone: '2s' } })
        })
        test('caught', async ({ load }) => {
          const rules = [{ p99: '1s', for: '3m' }, { errorRate: '20%', for: '1s' }]
          await load(nobody, { rate: 50, warmup: '1s', duration: '60s', abortOn: rules }).catch(() => {})
        })`
      const project = await TemporaryProject.create(leg, { 'vitest.config.ts': LENIENT_CONFIG, 'a.perf.ts': spec })
      const result = await project.run({ args: ['--reporter=default', '--reporter=json', '--outputFile=out.json'] })
      expect(result.exitCode).toBe(1)
      const report = JSON.parse(await project.read('out.json')) as {
        testResults: { assertionResults: { status: string; failureMessages: string[]; meta: { perf: PerfMeta } }[] }[]
      }
      const [gone, caught] = report.testResults[0]!.assertionResults
      expect([gone?.status, caught?.status]).toEqual(['failed', 'failed'])
      expect(gone?.failureMessages).toEqual([
        expect.stringMatching(
          /^LoadError: the load was ended by its abort rule \{ targetGone: '2s' \} after [23] s: for 2 s .*\n  measured until then: 1[0-9]{2} requests, sent 0\/s, p50 n\/a, p99 n\/a, errors 100 % \(1[0-9]{2} connection/,
        ),
      ])
      expect(caught?.failureMessages[0]).toMatch(
        /its abort rule \{ errorRate: '20%', for: '1s' \} after 1 s: error rate 100 % of \d+ requests/,
      )
      expect(gone?.meta.perf.loads[0]?.numbers.outcomes.failedByKind.connection).toBeGreaterThan(90)
      expect((await abortedLoads(project)).map(({ outcomes }) => outcomes.attempted > 50)).toEqual([true, false])
      expect(await project.survivors()).toEqual([])
    })

    test('kill -9 of Vitest leaves nothing alive, and the next run takes its journal into history', async () => {
      const { project, vitest } = await measuring()
      vitest.child.kill('SIGKILL')
      await vitest.ended
      await sleep(2000)
      expect(await project.survivors()).toEqual([])
      expect((await nextRun(project)).exitCode).toBe(0)
      const [aborted] = await abortedLoads(project)
      expect(aborted?.outcomes.attempted).toBeGreaterThan(100)
      expect(await project.files('.perf/runs')).toEqual([])
    })

    test('kill -9 of a generator makes the measurement invalid and says so', async () => {
      const { project, vitest } = await measuring()
      const [generator] = await project.pids('generator.js')
      process.kill(generator!, 'SIGKILL')
      const result = await vitest.ended
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/generator 0 was ended by SIGKILL/)
      expect(result.output).toMatch(/cannot judge/)
      expect(await project.survivors()).toEqual([])
    })

    test('kill -9 of the spec worker ends the load', async () => {
      const { project, vitest } = await measuring()
      const [worker] = await project.pids('workers/forks.js')
      process.kill(worker!, 'SIGKILL')
      const result = await vitest.ended
      expect(result.exitCode).toBe(1)
      await sleep(1000)
      expect(await project.survivors()).toEqual([])
    })

    test('a server that dies in mid-run shows as connection errors, and the claim fails', async () => {
      const victim = await fixtureServer('plain-server')
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'a.perf.ts': specText(
          `http.get('${victim.url}/')`,
          "{ rate: 50, duration: '6s' }",
          "expect(run).toHaveErrorRateBelow('1%')",
        ),
      })
      const vitest = project.start(['run', '--project', 'perf'])
      await vitest.saw(/measuring/)
      await sleep(2000)
      process.kill(victim.pid, 'SIGKILL')
      const result = await vitest.ended
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/expected error rate/)
      expect(result.output).toMatch(/ECONNREFUSED|refused/)
    })

    test('the server that a spec started ends with the run, also when Vitest is killed', async () => {
      const spec = `
        import { expect, server, test } from 'vitest-perf'
        import { http } from 'vitest-perf/scenarios'
        const service = server({ command: ['node', '${process.cwd()}/fixtures/dist/plain-server.js'], ready: /listening on (\\S+)/ })
        test('the spec', async ({ load }) => {
          const run = await load(http.get('/', { baseUrl: service }), { rate: 20, duration: process.env.SECONDS + 's' })
          expect(run).toHaveNoErrors()
        })`
      const project = await TemporaryProject.create(leg, { 'vitest.config.ts': LENIENT_CONFIG, 'a.perf.ts': spec })
      const result = await project.run({ env: { SECONDS: '2' } })
      expect(result.output).not.toMatch(/Error/)
      expect(result.exitCode).toBe(0)
      expect(await project.survivors()).toEqual([])
      const killed = project.start(['run', '--project', 'perf'], { SECONDS: '60' })
      await killed.saw(/measuring/)
      killed.child.kill('SIGKILL')
      await killed.ended
      await sleep(2000)
      expect(await project.survivors()).toEqual([])
    })
  })
})
