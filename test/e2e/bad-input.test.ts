import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { selfSignedServer } from '../support/self-signed-server.ts'
import { type SpecTest, specsText, specText } from '../support/spec-text.ts'
import { LENIENT_CONFIG, type RunResult, TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from './each-leg.ts'

let plain: FixtureServer
let planted: FixtureServer
beforeAll(async () => {
  plain = await fixtureServer('plain-server')
  planted = await fixtureServer('inference-server', ['--engine', 'planted'])
})
afterAll(() => Promise.all([plain.stop(), planted.stop()]))

const BRIEF = '{ users: 1, iterations: 3 }'
const NO_ERRORS = 'expect(run).toHaveNoErrors()'

eachLeg((leg) => {
  async function outcome(
    spec: string,
    files: Readonly<Record<string, string>> = {},
  ): Promise<RunResult & { project: TemporaryProject; flat: string }> {
    const project = await TemporaryProject.create(leg, {
      'vitest.config.ts': LENIENT_CONFIG,
      'a.perf.ts': spec,
      ...files,
    })
    const result = await project.run()
    // Our own stack must never be what the user reads.
    expect(result.output).not.toMatch(/at .*node_modules\/vitest-perf\/dist/)
    return { ...result, project, flat: result.output.replaceAll(/\s+/g, ' ') }
  }

  /** Runs tests that all fail, and gives what the terminal said about them. */
  async function outcomes(specs: readonly SpecTest[]): Promise<string> {
    const { exitCode, flat } = await outcome(specsText(specs))
    expect(exitCode).toBe(1)
    expect(flat).toMatch(new RegExp(`Tests ${specs.length} failed`))
    return flat
  }

  describe('a wrong option is named with what it got and what it takes', () => {
    test('of load() and of a matcher', async () => {
      const get = `http.get('${plain.url}/')`
      const flat = await outcomes([
        [get, "{ rate: -1, duration: '1s' }", ''],
        [get, "{ rate: 5, duration: '10 parsecs' }", ''],
        [get, "{ rate: 5, duration: '1s', bursts: 3 }", ''],
        [get, "{ rate: 5, duration: '1s', warmup: { request: 3 } }", ''],
        [get, '{}', ''],
        [get, BRIEF, "expect(run).toHaveP99Below('11 parsecs')"],
      ])
      expect(flat).toMatch(/option rate: got -1, takes a number over 0/)
      expect(flat).toMatch(/option duration: got '10 parsecs', takes a duration such as '250ms'/)
      expect(flat).toMatch(/unknown option bursts: got 3.*options here are/)
      expect(flat).toMatch(/unknown option warmup.request/)
      expect(flat).toMatch(/no load profile.*give one of/)
      expect(flat).toMatch(/toHaveP99Below.*'11 parsecs'.*takes a duration/)
    })

    test('of perfProject, at start', async () => {
      const { exitCode, flat } = await outcome(specText(`http.get('${plain.url}/')`, BRIEF, ''), {
        'vitest.config.ts': `
          import { defineConfig } from 'vitest/config'
          import { perfProject } from 'vitest-perf/config'
          export default defineConfig({ test: { projects: [perfProject({ onInvalid: 'explode' } as never)] } })`,
      })
      expect(exitCode).toBe(1)
      expect(flat).toMatch(/perfProject\(options\): option onInvalid: got 'explode', takes 'fail' or 'warn'/)
    })

    test('of a suite, with the path into the data and before any load', async () => {
      const { exitCode, flat } = await outcome(`
        import { suite } from 'vitest-perf'
        suite('gateway', {
          scenarios: { root: { 'http.get': { url: '${plain.url}/' } } },
          tests: { quick: { load: { scenario: 'root', users: 1, iterations: 3 }, expect: { toHaveP98Below: '1s' } } },
        })`)
      expect(exitCode).toBe(1)
      expect(flat).toMatch(
        /suite\('gateway'\): tests\['quick'\]\.expect: unknown matcher toHaveP98Below.*toHaveP99Below/,
      )
    })
  })

  test('a target that misbehaves is data with a clear name', async () => {
    const tls = await selfSignedServer()
    try {
      await fetch(`${planted.url}/planted`, {
        method: 'POST',
        body: JSON.stringify({ ttftMs: 1, gapMs: 1, chunks: 4, malformedRate: 1 }),
      })
      const closed = await freePort()
      const flat = await outcomes(
        [
          `http.get('http://127.0.0.1:${closed}/')`,
          "http.get('http://no-such-host.invalid/')",
          `http.get('${plain.url}/nowhere')`,
          `http.get('${plain.url}/redirect?to=/')`,
          `http.get('${tls.url}/')`,
          `http.get('${plain.url}/bad-http')`,
          `openai.chat({ baseUrl: '${planted.url}', model: 'm', messages: [{ role: 'user', content: 'x' }] })`,
        ].map((target): SpecTest => [target, BRIEF, NO_ERRORS]),
      )
      expect(flat).toMatch(new RegExp(`connection refused.{0,80}127\\.0\\.0\\.1:${closed}`))
      expect(flat).toMatch(/connection dns.{0,80}no-such-host\.invalid/)
      expect(flat).toMatch(/http 404/)
      expect(flat).toMatch(/http 30\d.{0,200}followRedirects/)
      expect(flat).toMatch(/connection tls/)
      expect(flat).toMatch(/most frequent error: protocol \S+ on GET/i)
      expect(flat).toMatch(/protocol .{0,60}JSON/)
    } finally {
      await tls.stop()
    }
  })

  describe('a scenario module', () => {
    const module = (source: string): Readonly<Record<string, string>> => ({ 'x.scenario.ts': source })
    const spec = specText("scenario(new URL('./x.scenario.ts', import.meta.url), { url: 'URL' })", BRIEF, NO_ERRORS)

    test('runs, and its named requests have numbers of their own', async () => {
      const { exitCode, output } = await outcome(
        spec
          .replace("'URL'", `'${plain.url}'`)
          .replace(
            NO_ERRORS,
            `${NO_ERRORS}\n  expect(run.scenario('login').latency.n).toBe(3)\n  expect(run.scenario('list').latency.n).toBe(3)`,
          ),
        module(`
          import { defineScenario } from 'vitest-perf/scenarios'
          export default defineScenario<{ url: string }>(async ({ http, params, check }) => {
            const login = await http.post(params.url + '/', { name: 'login', body: { user: 'a' } })
            check(login.status === 200, 'login answered')
            await http.get(params.url + '/json', { name: 'list' })
          })`),
      )
      expect(output).not.toMatch(/Error/)
      expect(exitCode).toBe(0)
    })

    test('that throws stops the load and shows its own source position', async () => {
      const { exitCode, output } = await outcome(
        spec,
        module(`
        interface Unused { readonly a: string }
        export default async function run() {
          const nothing: { deep?: { value: number } } = {}
          return nothing.deep!.value
        }`),
      )
      expect(exitCode).toBe(1)
      expect(output).toMatch(/Cannot read properties of undefined/)
      expect(output).toMatch(/x\.scenario\.ts:5/)
    })

    test('that does not build says where', async () => {
      const { exitCode, output } = await outcome(spec, module('export default async () => { const = 3 }'))
      expect(exitCode).toBe(1)
      expect(output).toMatch(/x\.scenario\.ts:1:35/)
    })
  })

  describe('a store that is damaged loses nothing', () => {
    test('a truncated baseline is named, kept aside and not overwritten in silence', async () => {
      const { project } = await outcome(specText(`http.get('${plain.url}/')`, BRIEF, 'expect(run).toNotRegress()'))
      const [file] = await project.files('.perf/baselines')
      const whole = await project.read(`.perf/baselines/${file}`)
      await project.write({ [`.perf/baselines/${file}`]: whole.slice(0, 100) })
      const again = await project.run()
      expect(again.exitCode).toBe(0)
      expect(again.output.replaceAll(/\s+/g, '')).toContain(file!.split('/').at(-1)!.replaceAll(/\s+/g, ''))
      expect((await project.files('.perf/baselines')).some((name) => name.endsWith('.corrupt'))).toBe(true)
      expect(await project.files('.perf/history')).toHaveLength(2)
    })

    test('a place that cannot be written is named, and the results are still on the screen', async () => {
      const { exitCode, flat } = await outcome(specText(`http.get('${plain.url}/')`, BRIEF, NO_ERRORS), {
        '.perf': 'a file where a directory should be',
      })
      expect(exitCode).toBe(0)
      expect(flat).toMatch(/\.perf/)
      expect(flat).toMatch(/p50/)
      expect(flat).toMatch(/ENOTDIR|EEXIST|not a directory/)
    })
  })
})
