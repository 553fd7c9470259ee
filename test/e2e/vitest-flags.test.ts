import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { specText } from '../support/spec-text.ts'
import { TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from './each-leg.ts'

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

/** Perf beside unit tests, as in a user's project. Validity only warns: these tests are about flags. */
const CONFIG = `
import { defineConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'
export default defineConfig({ test: { projects: [
  { test: { name: 'unit', include: ['*.test.ts'] } },
  perfProject({ onInvalid: 'warn' }),
] } })
`

eachLeg((leg) => {
  const projectOf = (files: Readonly<Record<string, string>> = {}): Promise<TemporaryProject> =>
    TemporaryProject.create(leg, {
      'vitest.config.ts': CONFIG,
      'a.test.ts': "import { expect, test } from 'vitest'\ntest('unit', () => { expect(1).toBe(1) })",
      'a.perf.ts': specText(
        `http.get('${server.url}/delay?ms=5')`,
        "{ rate: 20, duration: '1s' }",
        'expect(run).toHaveNoErrors()',
      ),
      ...files,
    })

  describe('vitest-perf init', () => {
    test('an empty project has a first load that passes, and a config of any other form keeps its tests', async () => {
      const project = await TemporaryProject.create(leg, { 'package.json': '{}' })
      await rm(join(project.directory, 'vitest.config.ts'))
      expect((await project.command(['init'])).output).toMatch(/created +vitest\.config\.mts/)
      const silent = await project.run({ env: { PERF_URL: 'http://127.0.0.1:9/' } })
      expect(silent.output).toContain('nothing answers at http://127.0.0.1:9/: start your service there')
      // Other work on the machine must not fail it.
      const config = await project.read('vitest.config.mts')
      await project.write({ 'vitest.config.mts': config.replace('perf()]', "perf({ onInvalid: 'warn' })]") })
      const result = await project.run({ env: { PERF_URL: server.url } })
      expect(result.stdout).toMatch(/Tests {2}1 passed/)
      expect(result.output).toMatch(/p95 latency below 500 ms/)

      const other = await projectOf({
        'package.json': '{ "type": "module" }',
        'vitest.config.ts':
          "import { defineConfig } from 'vitest/config'\nexport default defineConfig({\n  test: { include: ['*.test.ts'] },\n})\n",
      })
      expect((await other.command(['init'])).output).toMatch(/changed +vitest\.config\.ts/)
      expect(await other.read('vitest.config.ts')).toContain('  plugins: [perf()],\n  test: {')
      expect(await other.files('.')).not.toContainEqual(expect.stringContaining('perf-init'))
      const { stdout } = await other.start(['list']).ended
      expect(stdout).toMatch(/\[unit\] a\.test\.ts > unit/)
      expect(stdout).toMatch(/\[perf\] perf\/service\.perf\.ts > answers/)
    })
  })

  describe("Vitest's own flags", () => {
    test('list shows the perf tests without any load', async () => {
      const project = await projectOf()
      const result = await project.start(['list']).ended
      expect(result.exitCode).toBe(0)
      expect(result.stdout).toMatch(/\[perf\] a\.perf\.ts > the spec/)
      expect(await project.files('.perf/history')).toEqual([])
    })

    test('--reporter=json keeps stdout for the machine, with the numbers in meta.perf', async () => {
      const project = await projectOf()
      const { stdout, exitCode } = await project.run({ args: ['--reporter=json'] })
      expect(exitCode).toBe(0)
      const text = stdout.startsWith('{') ? stdout : await project.read('.vitest/json/output.json')
      const report = JSON.parse(text) as {
        testResults: {
          assertionResults: { meta: { perf: { loads: { numbers: { outcomes: { attempted: number } } }[] } } }[]
        }[]
      }
      expect(report.testResults[0]!.assertionResults[0]!.meta.perf.loads[0]!.numbers.outcomes.attempted).toBe(20)
    })

    test('a plain run runs unit and perf projects', async () => {
      const project = await projectOf()
      const result = await project.start(['run']).ended
      expect(result.exitCode).toBe(0)
      expect(result.stdout).toMatch(/Tests {2}2 passed/)
      expect(await project.files('.perf/history')).toHaveLength(1)
    })

    test('-t chooses among perf tests', async () => {
      const project = await projectOf()
      const result = await project.run({ args: ['-t', 'nothing like this'] })
      expect(await project.files('.perf/history')).toEqual([])
      expect(result.stdout).toMatch(/1 skipped/)
    })

    test('flags that would break a measurement are overruled with a note', async () => {
      const project = await projectOf({
        'a.perf.ts': specText(
          `http.get('${server.url}/status?code=500')`,
          '{ users: 1, iterations: 2 }',
          'expect(run).toHaveNoErrors()',
        ),
      })
      const result = await project.run({ args: ['--retry=3', '--testTimeout=10'] })
      const flat = result.output.replaceAll(/\s+/g, ' ')
      expect(result.exitCode).toBe(1)
      expect(flat).toMatch(/--retry=3 does not hold in project "perf"/)
      expect(flat).toMatch(/--testTimeout=10 does not hold in project "perf"/)
      expect(await project.files('.perf/history')).toHaveLength(1)
    })

    test('-u accepts a slower run as the new baseline, and CI never writes one', async () => {
      const planted = await fixtureServer('inference-server', ['--engine', 'planted'])
      const plant = (ttftMs: number): Promise<Response> =>
        fetch(`${planted.url}/planted`, { method: 'POST', body: JSON.stringify({ ttftMs, gapMs: 1, chunks: 2 }) })
      const project = await projectOf({
        'a.perf.ts': specText(
          `openai.chat({ baseUrl: '${planted.url}', model: 'm', messages: [{ role: 'user', content: 'x' }] })`,
          '{ users: 2, iterations: 40 }',
          'expect(run).toNotRegress()',
        ),
      })
      const baseline = async (): Promise<string> => {
        const [file] = await project.files('.perf/baselines')
        return file === undefined ? '' : project.read(`.perf/baselines/${file}`)
      }
      try {
        await plant(20)
        expect((await project.run({ env: { CI: 'true' } })).exitCode).toBe(0)
        expect(await baseline()).toBe('')
        expect((await project.run()).exitCode).toBe(0)
        const first = await baseline()
        expect(first).not.toBe('')

        await plant(60)
        const regressed = await project.run()
        expect(regressed.exitCode).toBe(1)
        expect(regressed.output).toMatch(/REGRESSED/)
        expect(await baseline()).toBe(first)

        expect((await project.run({ args: ['-u'] })).exitCode).toBe(0)
        expect(await baseline()).not.toBe(first)
        expect((await project.run()).exitCode).toBe(0)
      } finally {
        await planted.stop()
      }
    })
  })

  describe('watch mode', () => {
    test('a plain watch fires no load, neither at start nor on a save', async () => {
      const project = await projectOf()
      const vitest = project.start(['--watch'])
      await vitest.saw(/Waiting for file changes/)
      await project.write({
        'a.perf.ts': `${await project.read('a.perf.ts')}\n// saved\n`,
        'a.test.ts': "import { expect, test } from 'vitest'\ntest('saved', () => { expect(1).toBe(1) })",
      })
      await vitest.saw(/RERUN[\s\S]*Waiting for file changes/)
      await sleep(500)
      vitest.child.kill('SIGINT')
      await vitest.ended
      expect(vitest.output()).toMatch(/no load in watch mode|1 skipped/)
      expect(await project.files('.perf/history')).toEqual([])
      await expect.poll(() => project.survivors(), { timeout: 10_000 }).toEqual([])
    })

    test('--project perf runs the load once and waits', async () => {
      const project = await projectOf()
      const vitest = project.start(['--watch', '--project', 'perf'])
      await vitest.saw(/Waiting for file changes/)
      // Reporters end side by side: Vitest may wait before ours has written.
      await vitest.saw(/^written$/m)
      expect(await project.files('.perf/history')).toHaveLength(1)
      vitest.child.kill('SIGINT')
      await vitest.ended
      // Vitest 5 has a watchdog of its own that leaves a moment after it.
      await expect.poll(() => project.survivors(), { timeout: 10_000 }).toEqual([])
    })
  })
})
