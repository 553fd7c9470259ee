import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PerfMeta } from '../../src/domain/perf-meta.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from './each-leg.ts'

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

const PLAIN_SERVER = fileURLToPath(new URL('../../fixtures/dist/plain-server.js', import.meta.url))

eachLeg((leg) => {
  async function labels(project: TemporaryProject): Promise<string[]> {
    const files = await project.files('.perf/history')
    const records = await Promise.all(files.map((file) => project.read(`.perf/history/${file}`)))
    return records.flatMap((record) =>
      (JSON.parse(record) as { loads: { specId: { label: string }; status: string }[] }).loads.map(
        ({ specId, status }) => `${specId.label} ${status}`,
      ),
    )
  }

  test('a sweep keeps the cells beside one that fails; other procedures stand beside it in report, JSON and history', async () => {
    const project = await TemporaryProject.create(leg, {
      'vitest.config.ts': LENIENT_CONFIG,
      'a.perf.ts': `
        import { expect, test } from 'vitest-perf'
        import { http } from 'vitest-perf/scenarios'
        const delay = (ms) => http.get(\`${server.url}/delay?ms=\${ms}\`)
        test('sweeps', async ({ sweep, load }) => {
          const matrix = await sweep({ ms: [5], users: [1, 2] }, async ({ ms, users }) => {
            if (users === 1) throw new Error('planted failure')
            return load(delay(ms), { users, iterations: 20 })
          })
          expect(matrix.at({ ms: 5, users: 2 })).toHaveP50Below('2s')
          const { rows } = matrix.table('latency.p50')
          expect(rows[0].values[0]).toBe(null)
          expect(rows[0].values[1]).toBeGreaterThan(4)
        })
        test('compares', async ({ compareConcurrency, withoutServer }) => {
          const both = await compareConcurrency(delay(20), { requests: 8, users: 4 })
          expect(both.concurrent).toHaveNoErrors()
          expect(both.speedup).toBeGreaterThan(1.5)
          expect(both.efficiency).toBeLessThanOrEqual(1.1)
          expect(both.concurrent.data.series.events.completed).toBe(8)
          const engine = await withoutServer({
            command: ['node', '-e', 'console.log("prompt eval time = 10.00 ms / 5 tokens\\\\n eval time = 100.00 ms / 20 runs")'],
            read: 'llama.cpp',
            runs: 1,
            warmup: 0,
          })
          expect(engine.decodeTokensPerSecond.mean).toBe(200)
        })
        test('starts', async ({ coldStart }) => {
          const starts = await coldStart(
            { command: ['node', ${JSON.stringify(PLAIN_SERVER)}], ready: /listening on (\\S+)/ },
            (plain) => http.get(plain.url + '/'),
            { runs: 1, requests: 2 },
          )
          expect(starts).toColdStartWithin('30s')
          expect(starts.data.runs.every(({ readyUs }) => readyUs > 10_000)).toBe(true)
        })
      `,
    })
    const { exitCode, stderr, stdout } = await project.run({ args: ['--reporter=json'] })
    expect(stderr).toMatch(/ {2}p99 latency\n +users=1 +users=2\n {2}ms=5 +n\/a +\d/)
    expect(stderr).toContain('✗ planted failure')
    expect(exitCode).toBe(1)
    // Vitest 5 writes it to a file.
    const text = stdout.startsWith('{') ? stdout : await project.read('.vitest/json/output.json')
    const json = JSON.parse(text) as {
      testResults: {
        assertionResults: { title: string; status: string; failureMessages: string[]; meta: { perf: PerfMeta } }[]
      }[]
    }
    const [sweeps, compares, starts] = json.testResults[0]!.assertionResults
    expect(sweeps!.failureMessages.join()).toContain('planted failure')
    expect([sweeps!.status, compares!.status, starts!.status]).toEqual(['failed', 'passed', 'passed'])
    expect(sweeps!.meta.perf.searches).toMatchObject([
      { kind: 'sweep', end: 'done', cells: [{ why: 'planted failure' }, { why: null }] },
    ])
    expect(compares!.meta.perf.searches!.map(({ kind }) => kind)).toEqual(['concurrency', 'engine'])
    expect(starts!.meta.perf.searches).toMatchObject([{ kind: 'cold-start', end: 'done', runs: [{}] }])
    expect((await labels(project)).sort()).toEqual(['concurrent passed', 'ms=5, users=2 failed', 'sequential passed'])
    expect(await project.survivors()).toEqual([])
  })

  test('Ctrl-C in a sweep keeps the cells that had ended, and what the running one had measured', async () => {
    const project = await TemporaryProject.create(leg, {
      'vitest.config.ts': LENIENT_CONFIG,
      'a.perf.ts': `
        import { test } from 'vitest-perf'
        import { http } from 'vitest-perf/scenarios'
        test('sweeps', async ({ sweep, load }) => {
          await sweep({ seconds: [1, 60, 61] }, ({ seconds }) =>
            load(http.get('${server.url}/delay?ms=5'), { users: 1, duration: seconds * 1000 }))
        })
      `,
    })
    const vitest = project.start(['run', '--project', 'perf'])
    await vitest.saw(/cell 2 of 3[^]*measuring/)
    await sleep(1500)
    process.kill(-vitest.child.pid!, 'SIGINT')
    const { exitCode, stderr } = await vitest.ended
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/2 of 3 cells measured\s+(· )?stopped: these are the cells until then/)
    expect(stderr).toMatch(/ {2}1 +\d+ /)
    expect((await labels(project)).sort()).toEqual(['seconds=1 aborted', 'seconds=60 aborted'])
  })
})
