import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { specText } from '../support/spec-text.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from './each-leg.ts'

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

eachLeg((leg) => {
  describe('profiles', () => {
    test('send exactly what they say, from one generator and from several', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'a.perf.ts': `
          import { expect, test } from 'vitest-perf'
          import { http } from 'vitest-perf/scenarios'
          const get = http.get('${server.url}/')
          const attempted = (run) => run.series.outcomes.attempted

          test('from two generators', async ({ load }) => {
            const generators = 2
            expect(attempted(await load(get, { users: 3, iterations: 20, generators, label: 'shared' }))).toBe(20)
            expect(attempted(await load(get, { users: 3, iterationsPerUser: 5, generators, label: 'each' }))).toBe(15)
            expect(attempted(await load(get, { rate: 100, duration: '500ms', generators, label: 'uniform' }))).toBe(50)
            const poisson = () => load(get, { rate: 100, duration: '500ms', arrivals: 'poisson', seed: 7, generators, label: 'poisson' + Math.random() })
            expect(attempted(await poisson())).toBe(attempted(await poisson()))
            const steps = await load(get, { steps: [{ rate: 20, duration: '1s' }, { rate: 40, duration: '1s', ramp: '500ms' }], generators, label: 'steps' })
            expect([0, 1].map((i) => attempted(steps.step(i)))).toEqual([20, 40])
            const thinking = await load(get, { users: 4, duration: '1s', spawnRate: 8, thinkTime: '100ms', generators, label: 'users' })
            expect(attempted(thinking)).toBeGreaterThan(30)
            expect(attempted(thinking)).toBeLessThanOrEqual(40)
            const warmed = await load(get, { users: 2, iterations: 10, warmup: { requests: 6 }, generators, label: 'warm' })
            expect(attempted(warmed)).toBe(10)
            expect(warmed.data.warmup.attempted).toBeGreaterThanOrEqual(6)
          })
          test('from one generator', async ({ load }) => {
            expect(attempted(await load(get, { rate: 100, duration: '500ms', generators: 1 }))).toBe(50)
          })
          test('an automatic warm-up ends at its bound and says that it was not steady', async ({ load }) => {
            const run = await load(get, { rate: 50, duration: '2s', warmup: 'auto', generators: 2, label: 'auto' })
            expect(run.data.steps[0].startUs).toBeGreaterThan(1_000_000)
            expect(run.data.warmup.attempted).toBeGreaterThan(50)
            expect(Math.abs(attempted(run) - 100)).toBeLessThanOrEqual(1)
            expect(run.validity.findings.map(({ cause }) => cause)).toContain('not-steady')
          })
          test('an unbounded queue waits and a bounded one drops', async ({ load }) => {
            const slow = http.get('${server.url}/delay?ms=100')
            const waiting = await load(slow, { rate: 40, duration: '1s', maxUsers: 1, label: 'waits' })
            expect(waiting.series.outcomes).toMatchObject({ attempted: 40, good: 40, dropped: 0 })
            expect(waiting.latency.max).toBeGreaterThan(2500)
            expect(waiting.serviceTime.p50).toBeLessThan(200)
            const dropping = await load(slow, { rate: 40, duration: '1s', maxUsers: 1, maxQueue: 2, label: 'drops' })
            expect(dropping.series.outcomes.attempted).toBe(40)
            expect(dropping.series.outcomes.dropped).toBeGreaterThan(20)
          })`,
      })
      const result = await project.run()
      expect(result.output).not.toMatch(/Error/)
      expect(result.exitCode).toBe(0)
    })
  })

  describe('a project', () => {
    test('can be added by the plugin perf(), beside the tests of the config itself', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': `
          import { defineConfig } from 'vitest/config'
          import { perf } from 'vitest-perf/config'
          export default defineConfig({ plugins: [perf({ onInvalid: 'warn' })], test: { globals: true } })`,
        'a.test.ts': "test('unit', () => { expect(1).toBe(1) })",
        'a.perf.ts': specText(
          `http.get('${server.url}/')`,
          '{ users: 1, iterations: 3 }',
          'expect(run).toHaveNoErrors()',
        ),
      })
      const result = await project.start(['run']).ended
      expect(result.output).not.toMatch(/Error/)
      expect(result.exitCode).toBe(0)
      expect(result.stdout).toMatch(/Tests {2}2 passed/)
      expect((await project.run()).stdout).toMatch(/Tests {2}1 passed/)
    })

    test('beside another perf project reports and stores its own tests only', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': `
          import { defineConfig } from 'vitest/config'
          import { perfProject } from 'vitest-perf/config'
          export default defineConfig({ test: { projects: [
            perfProject({ name: 'quick', include: 'a.perf.ts', dir: '.quick', onInvalid: 'warn' }),
            perfProject({ name: 'slow', include: 'b.perf.ts', dir: '.slow', onInvalid: 'warn' }),
          ] } })`,
        'a.perf.ts': specText(
          `http.get('${server.url}/')`,
          '{ users: 1, iterations: 3 }',
          'expect(run).toHaveNoErrors()',
        ),
        'b.perf.ts': specText(
          `http.get('${server.url}/')`,
          '{ users: 1, iterations: 4 }',
          'expect(run).toHaveNoErrors()',
        ),
      })
      const result = await project.start(['run']).ended
      expect(result.exitCode).toBe(0)
      for (const [directory, own, other] of [
        ['.quick', 'a.perf.ts', 'b.perf.ts'],
        ['.slow', 'b.perf.ts', 'a.perf.ts'],
      ] as const) {
        const files = await project.files(`${directory}/history`)
        expect(files).toHaveLength(1)
        const stored = await project.read(`${directory}/history/${files[0]}`)
        expect(stored).toContain(own)
        expect(stored).not.toContain(other)
      }
    })

    test('that is none refuses load() and says how to make one', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts':
          "import { defineConfig } from 'vitest/config'\nexport default defineConfig({ test: { include: ['*.perf.ts'] } })",
        'a.perf.ts': specText(`http.get('${server.url}/')`, '{ users: 1, iterations: 3 }', ''),
      })
      const result = await project.start(['run']).ended
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/perf project only[\s\S]*perfProject\(/)
    })
  })

  describe('fixtures', () => {
    test('once() prints request and response, and a measurement its plan, without secrets', async () => {
      const project = await TemporaryProject.create(leg, {
        'a.perf.ts': `
          import { expect, test } from 'vitest-perf'
          import { http } from 'vitest-perf/scenarios'
          test('look', async ({ load, once }) => {
            const exchange = await once(http.get('${server.url}/json?api_key=hush1', { headers: { authorization: 'Bearer hush2' } }))
            expect(exchange.response.status).toBe(200)
            const secretive = http.get('${server.url}/json?api_key=hush3', { headers: { authorization: 'Bearer hush4' } })
            const run = await load(secretive, { users: 1, iterations: 2 })
            console.log(JSON.stringify(run))
          })`,
      })
      const result = await project.run()
      expect(result.exitCode).toBe(0)
      expect(result.output).toMatch(/> GET http:\/\/127\.0\.0\.1:\d+\/json/)
      expect(result.output).toMatch(/< 200/)
      expect(result.output).toMatch(/"executor":"shared-iterations"/)
      expect(result.output).not.toMatch(/hush/)
      const stored = await Promise.all((await project.files('.perf')).map((file) => project.read(`.perf/${file}`)))
      expect(stored.join('')).not.toMatch(/hush/)
    })

    test('server() as a fixture starts once per file, and a command that fails says what it printed', async () => {
      const command = `['${process.execPath}', '${process.cwd()}/fixtures/dist/plain-server.js']`
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'a.perf.ts': `
          import { expect, test } from 'vitest-perf'
          import { http } from 'vitest-perf/scenarios'
          const options = { command: ${command}, ready: /listening on (\\S+)/ }
          let first
          for (const name of ['one', 'two']) test(name, async ({ load, server }) => {
            const service = await server(options)
            expect(service.url).toBe(first ??= service.url)
            const run = await load(http.get('/', { baseUrl: service }), { users: 1, iterations: 3 })
            expect(run).toHaveNoErrors()
          })
          test('broken', async ({ server }) => {
            await expect(server({ command: 'echo oh dear; exit 3', ready: /never/ })).rejects.toThrow(/exit code 3[\\s\\S]*oh dear/)
          })`,
      })
      const result = await project.run()
      expect(result.output).not.toMatch(/AssertionError/)
      expect(result.exitCode).toBe(0)
      expect(await project.survivors()).toEqual([])
    })

    test('client and target agree, and a target that leaves requests out is found out', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'a.perf.ts': `
          import { createSocket } from 'node:dgram'
          import { expect, prometheus, server, statsd, test } from 'vitest-perf'
          import { json, openai } from 'vitest-perf/scenarios'
          const fixture = (name) => ${JSON.stringify(`${process.cwd()}/fixtures/dist/`)} + name + '.js'
          const start = (port, ...args) => server({
            command: [process.execPath, fixture('gateway'), '--model', 'a=2,1', '--statsd', '127.0.0.1:' + port, ...args],
            ready: /listening on (\\S+)/,
          })
          const honest = start(18125)
          const silent = start(18126, '--uncounted', '10')
          const llm = server({
            command: [process.execPath, fixture('inference-server'), '--engine', 'planted', '--ttft-ms', '2', '--gap-ms', '1'],
            ready: /listening on (\\S+)/,
          })
          const gateway = ({ url }) => json({
            url: url + '/v1/generate',
            body: { model_id: 'a', inputs: 'Hi', parameters: { max_new_tokens: 8 } },
            read: { text: 'generated_text', outputTokens: 'output_tokens', inputTokens: 'input_tokens' },
          })
          const told = statsd({
            requests: 'requests.total', errors: 'requests.errors.*', latency: 'request.latency',
            outputTokens: 'requests.model.*.output_tokens', inputTokens: 'requests.model.*.input_tokens',
          })
          // What lies between both on a busy machine is not what is tested.
          const tolerance = { latency: '500ms' }
          const profile = { rate: 60, duration: '2s', warmup: '500ms' }

          test('honest', async ({ load }) => {
            const run = await load(gateway(honest), { ...profile, monitors: { idle: '500ms', statsd: { port: 18125 } } })
            expect(run).toAgreeWith(told, { tolerance })
          })
          test('silent', async ({ load }) => {
            const run = await load(gateway(silent), { ...profile, monitors: { idle: '500ms', statsd: { port: 18126 } } })
            expect(run).not.toAgreeWith(told, { tolerance })
            expect(run).toAgreeWith(told, { tolerance })
          })
          test('known', async ({ load }) => {
            const chat = openai.chat({ baseUrl: llm.url, model: 'planted', maxTokens: 8, messages: [{ role: 'user', content: 'Hi' }] })
            const run = await load(chat, { ...profile, monitors: { idle: '500ms', prometheus: llm.url + '/metrics' } })
            expect(run).toAgreeWith(prometheus(), { tolerance })
          })
          test('taken', async ({ load }) => {
            const socket = createSocket('udp4')
            await new Promise((resolve) => socket.bind(18127, '127.0.0.1', resolve))
            await load(gateway(honest), { ...profile, monitors: { statsd: { port: 18127 } } }).finally(() => socket.close())
          })`,
      })
      const { output } = await project.run({ args: ['--reporter=verbose'] })
      const flat = output.replace(/\s+/g, ' ')
      expect(flat).toMatch(/✓ \|perf\| a\.perf\.ts\S* > honest.*✓ \|perf\| a\.perf\.ts\S* > known/)
      expect(flat).toMatch(
        /1 of 6 disagree: requests errors.*requests: client 150, server 135: DISAGREE, 15 apart, −10 %/,
      )
      expect(flat).toContain('monitors.statsd: got 127.0.0.1:18127, which is taken')
    })

    test('a suite is written as YAML or JSON, and what fails points into the file', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'sub/a.perf.yaml': [
          'scenarios:',
          '  rows: { http.get: { url: "${TARGET}/json?n={{n}}", data: ./numbers.csv } }',
          'tests:',
          '  breaks:',
          '    load: { scenario: rows, users: 1, iterations: ${ITERATIONS:-4} }',
          '    expect:',
          '      toHaveNoErrors: true',
          '      toHaveMaxBelow: 1us',
        ].join('\n'),
        'sub/numbers.csv': 'n\n1\n2\n',
        'b.perf.json': JSON.stringify({
          scenarios: { root: { 'http.get': { url: '${TARGET}/' } } },
          tests: {
            holds: {
              load: { scenario: 'root', users: 1, iterations: '${ITERATIONS:-3}' },
              expect: { toHaveNoErrors: true },
            },
          },
        }),
        'c.perf.yml': 'scenarios: {}\ntests: { x: 5 }',
      })
      const env = { TARGET: server.url }
      const listed = await project.start(['list', '--project', 'perf', 'a.perf', 'b.perf'], env).ended
      expect(listed.output).toMatch(/a\.perf\.yaml > a > breaks/)
      expect(listed.output).toMatch(/b\.perf\.json > b > holds/)
      const { output } = await project.run({ env, args: ['--reporter=verbose'] })
      expect(output).toMatch(/✓ .*b\.perf\.json.* > holds/)
      expect(output).toMatch(/c\.perf\.yml:2:10: suite\('c'\): option tests\.x: got 5, takes/)
      expect(output).toMatch(/❯ sub\/a\.perf\.yaml:8:7\n[\s\S]*8\| {7}toHaveMaxBelow: 1us/)
    })

    test('suite() runs the same as data', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': LENIENT_CONFIG,
        'a.perf.ts': `
          import { suite } from 'vitest-perf'
          suite('gateway', {
            scenarios: {
              root: { 'http.get': { url: '${server.url}/' } },
              json: { 'http.get': { url: '${server.url}/json?n={{n}}', data: './numbers.csv', dataOrder: 'unique' } },
              visit: { module: { source: new URL('./visit.scenario.ts', import.meta.url).href, params: { url: '${server.url}' } } },
              both: { mix: [[2, 'root'], [1, 'json'], [1, 'visit']] },
            },
            tests: {
              holds: {
                load: { scenario: 'root', users: 2, iterations: 30 },
                expect: { toHaveP50Below: '1s', toHavePercentileBelow: [90, '2s'], toHaveNoErrors: true },
              },
              breaks: {
                load: { scenario: 'both', users: 2, iterations: 40 },
                expect: { toHaveP50Below: '1us', toHaveMaxBelow: '2us' },
              },
            },
          })`,
        'numbers.csv': 'n\n1\n2\n',
        'visit.scenario.ts': `
          import { defineScenario } from 'vitest-perf/scenarios'
          interface State { visits: number }
          export default defineScenario<{ url: string }, State>(
            async ({ http, params, state, step, checks, cookies }) => {
              const answer = await step('look', () => http.get(params.url + '/json', { name: 'page' }))
              checks(answer, { 'status is 200': ({ status }) => status === 200 })
              checks(cookies.get(params.url), { 'has its cookie': ({ id }) => id === '1' })
              state.visits++
            },
            { onStart: ({ state, cookies, params }) => { state.visits = 0; cookies.set(params.url, 'id=1') } },
          )`,
      })
      const result = await project.run()
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/✓ holds|✓ .*holds/)
      expect(result.output).toMatch(/expected p50 latency below 1 us/)
      expect(result.output).toMatch(/expected max(imum)? latency below 2 us/)
      expect(result.output).toMatch(/^ {2}root\nn 20 [\s\S]*^ {2}json\nn 10 [\s\S]*^ {2}visit\nn 10 /m)
      expect(result.output).toMatch(/^ {2}look\nn 10 [\s\S]*^ {2}page\nn 10 /m)
      expect(result.output).toMatch(/check has its cookie · 100 % · 10 of 10 held/)
    })
  })

  describe('monitors', () => {
    test('alerts are said as they begin and stand in the report, a planted slow start is found, and JSON has all of it', async () => {
      const project = await TemporaryProject.create(leg, {
        'vitest.config.ts': `
          import { defineConfig } from 'vitest/config'
          import { perfProject } from 'vitest-perf/config'
          const monitors = { host: true, every: '250ms', idle: '500ms' }
          export default defineConfig({ test: { projects: [perfProject({ onInvalid: 'warn', monitors, alert: { 'value:never': '> 1', for: '1s' } })] } })`,
        'cold.mjs': `
          import { createServer } from 'node:http'
          let first = true
          const server = createServer((_, response) => {
            setTimeout(() => response.end('ok'), first ? 1500 : 20)
            first = false
          })
          server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))`,
        'a.perf.ts': `
          import { server, test } from 'vitest-perf'
          import { http } from 'vitest-perf/scenarios'
          const service = server({ command: ['node', 'cold.mjs'], ready: /listening on (\\S+)/ })
          const profile = (name) => ({ users: 1, duration: '4s', monitors: { process: { server: service, as: 'service' } }, label: name })

          test('watched', async ({ load }) => {
            await load(http.get(service.url + '/'), { ...profile('cold'), alert: { memory: '> 1MB', of: 'service', for: '1s' } })
          })
          test('ended', async ({ load }) => {
            await load(http.get(service.url + '/'), { ...profile('ends'), alert: { rss: '> 1MB', for: '1s', abort: true } })
          })
          test('unwatched', async ({ load }) => {
            await load(http.get(service.url + '/'), { users: 1, duration: '1s', label: 'none', monitors: { idle: 0 } })
          })`,
      })
      const result = await project.run({ args: ['--reporter=default', '--reporter=json', '--outputFile=out.json'] })
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/^perf alert: RSS of service above 1 MB for [\d.]+ m?s, at most \d/m)
      expect(result.output).toMatch(
        /the load was ended by its alert \{ rss: '> 1MB', for: '1s', abort: true \} after \d s: RSS of\s/,
      )
      expect(result.output).toMatch(/'value:never': '> 1', for: '1s' \} cannot be watched/)
      const json = JSON.parse(await project.read('out.json')) as {
        testResults: {
          assertionResults: { title: string; status: string; meta: { perf: { loads: LoadSummary[] } } }[]
        }[]
      }
      const tests = json.testResults.flatMap(({ assertionResults }) => assertionResults)
      expect(tests.map(({ title, status }) => `${title} ${status}`).sort()).toEqual([
        'ended failed',
        'unwatched passed',
        'watched passed',
      ])
      const [load] = tests.find(({ title }) => title === 'watched')!.meta.perf.loads
      expect(load!.watched.map(({ name }) => name)).toEqual(['host', 'service'])
      expect(load!.watched[1]!.samples.atUs.length).toBeGreaterThan(6)
      expect(load!.alerts).toMatchObject([
        { isWatched: true, spans: [{ watched: 'service', metric: 'rss', ended: false }] },
      ])
      expect(load!.findings.map(({ kind }) => kind)).toContain('start-outlier')
      expect(result.output).toMatch(/^ {2}findings$[\s\S]*the first request took 1\.5/m)
      expect(result.output).toMatch(/^ {2}alert RSS of service above 1 MB[\s\S]*to the end$/m)
      expect(result.output).toMatch(/alert \{ 'value:never'[\s\S]*could not be watched/)
    })
  })

  describe('types', () => {
    test('a spec and its config type-check against the installed Vitest, libraries included', async () => {
      const project = await TemporaryProject.create(leg, {
        'a.perf.ts': specText(
          "http.get('http://127.0.0.1/')",
          "{ rate: 5, duration: '1s' }",
          `
          expect(run).toHaveP99Below('1.5s')
          expect(run).not.toHaveTtftBelow('400ms', { percentile: 95 })
          expect.soft(run.step(0)).toSustainQps(5)
          expect(run).toBeFasterThan(run, { by: '10%' })
          // @ts-expect-error -- no duration
          expect(run).toHaveP99Below('10 parsecs')
          // @ts-expect-error -- no such option
          await load(http.get('x'), { rate: 1, duration: 1, brusts: 2 })
          void [openai, scenario]`,
        ),
        'tsconfig.json': JSON.stringify({
          compilerOptions: {
            strict: true,
            noEmit: true,
            target: 'ES2023',
            module: 'NodeNext',
            lib: ['ES2023'],
            types: ['node'],
            typeRoots: [join(process.cwd(), 'node_modules/@types')],
            skipLibCheck: true,
          },
          include: ['*.ts'],
        }),
      })
      const tsc = promisify(execFile)(process.execPath, [
        join(process.cwd(), 'node_modules/typescript/bin/tsc'),
        '-p',
        project.directory,
      ])
      await expect(
        tsc.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout))),
      ).resolves.toMatchObject({ stdout: '' })
    })
  })
})
