import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
  const projectOf = (spec: string): Promise<TemporaryProject> =>
    TemporaryProject.create(leg, { 'vitest.config.ts': LENIENT_CONFIG, 'a.perf.ts': spec })
  const get = (path: string): string => `http.get('${server.url}${path}')`

  describe('a spec', () => {
    test('that holds passes, shows its numbers and writes history and a provisional baseline', async () => {
      const project = await projectOf(
        specText(
          get('/delay?ms=20'),
          "{ users: 1, iterations: 100, warmup: '500ms' }",
          `
        expect(run).toHaveP50Below('200ms')
        expect(run).toSustainQps(20)
        expect(run).toHaveNoErrors()
        expect(run).toNotRegress()`,
        ),
      )
      const result = await project.run()
      expect(result.output).toMatch(/provisional/)
      expect(result).toMatchObject({ exitCode: 0 })
      expect(result.stderr).toMatch(/p50/)
      expect(await project.files('.perf/history')).toHaveLength(1)
      expect(await project.files('.perf/baselines')).toHaveLength(1)
      expect(await project.files('.perf/runs')).toEqual([])
      expect(await project.survivors()).toEqual([])

      const second = await project.run()
      expect(second).toMatchObject({ exitCode: 0 })
      expect(await project.files('.perf/history')).toHaveLength(2)
      expect(second.stderr).toMatch(/baseline/)

      const trend = await project.command(['trend', 'a.perf'])
      expect(trend.stdout).toMatch(/p50 latency \(lower is better\) · .*2 comparable runs/s)
      const accepted = await project.command(['accept', 'int4', '--reason', 'try', '--json'])
      expect([accepted.exitCode, JSON.parse(accepted.stdout)]).toMatchObject([0, { accepted: [{ runs: 1 }] }])
      expect(await project.files('.perf/baselines')).toHaveLength(2)
    })

    test('whose claim is broken fails with claim, measured value, interval, n and distance', async () => {
      const project = await projectOf(
        specText(get('/delay?ms=60'), "{ rate: 50, duration: '2s' }", "expect(run).toHaveP50Below('30ms')"),
      )
      const result = await project.run()
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/expected p50 latency.* below 30 ms/)
      expect(result.output).toMatch(/measured: 6\d(\.\d+)? ms/)
      expect(result.output).toMatch(/n[ =]+100/)
      expect(result.output).toMatch(/distance: /)
      expect(await project.files('.perf/baselines')).toEqual([])
      expect(await project.files('.perf/history')).toHaveLength(1)
    })

    test('with .not and expect.soft is judged by the same rules', async () => {
      const project = await projectOf(
        specText(
          get('/delay?ms=60'),
          "{ rate: 50, duration: '2s' }",
          `
        expect(run).not.toHaveP50Below('30ms')
        expect.soft(run).toHaveP50Below('10ms')
        expect.soft(run).toHaveMaxBelow('11ms')`,
        ),
      )
      const result = await project.run()
      expect(result.exitCode).toBe(1)
      expect(result.output).toMatch(/below 10 ms/)
      expect(result.output).toMatch(/below 11 ms/)
      expect(result.output).not.toMatch(/AssertionError.*not below 30 ms|Error: expected.*not below 30 ms/)
    })

    test('with 2 % timeouts cannot pass a p99 claim', async () => {
      const planted = await fixtureServer('inference-server', ['--engine', 'planted'])
      try {
        await fetch(`${planted.url}/planted`, {
          method: 'POST',
          body: JSON.stringify({ ttftMs: 5, gapMs: 1, chunks: 3, timeoutRate: 0.02 }),
        })
        const project = await projectOf(
          specText(
            `openai.chat({ baseUrl: '${planted.url}', model: 'm', messages: [{ role: 'user', content: 'x' }], timeout: '500ms' })`,
            "{ rate: 100, duration: '4s' }",
            "expect.soft(run).toHaveP99Below('400ms')\n  expect.soft(run).toHaveP90Below('400ms')",
          ),
        )
        const result = await project.run()
        expect(result.exitCode).toBe(1)
        expect(result.output).toMatch(/expected p99 latency/)
        expect(result.output).not.toMatch(/expected p90 latency/)
        expect(result.output).toMatch(/timeout/)
      } finally {
        await planted.stop()
      }
    })
  })

  test('all outputs are written, and no credential is in any of them, in the store or on the screen', async () => {
    const SECRETS = ['tok-4f9a1c', 'key-77b2e0', 'qry-c0ffee', 'bod-5ca1ab', 'row-0ddba1', 'usr-badd1e', 'snk-1dea11']
    const pushed: string[] = []
    const echo = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        if (request.method === 'PUT') pushed.push(body)
        response.writeHead(request.method === 'PUT' ? 200 : 500, { 'content-type': 'application/json' })
        response.end(
          JSON.stringify({ error: { message: `no: ${request.url} ${JSON.stringify(request.headers)} ${body}` } }),
        )
      })
    }).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const origin = `127.0.0.1:${(echo.address() as AddressInfo).port}`
    const files = 'out/r.html out/r.md out/r.json out/r.xml out/r.csv out/r.ndjson out/r.prom summary.md'.split(' ')
    const project = await TemporaryProject.create(leg, {
      'vitest.config.ts': `
        import { defineConfig } from 'vitest/config'
        import { perfProject } from 'vitest-perf/config'
        export default defineConfig({ test: { projects: [perfProject({ onInvalid: 'warn', outputs: {
          html: 'out/r.html', markdown: 'out/r.md', json: 'out/r.json', junit: 'out/r.xml', csv: 'out/r.csv', ndjson: 'out/r.ndjson',
          openmetrics: 'out/r.prom', requests: 'out/rows', pushgateway: 'http://me:snk-1dea11@${origin}', statsd: '${origin}',
          otlp: { url: 'http://${origin}/?token=snk-1dea11', headers: { 'x-api-key': 'snk-1dea11' } },
        } })] } })`,
      'a.perf.ts': `
        import { expect, test } from 'vitest-perf'
        import { http } from 'vitest-perf/scenarios'
        const post = http.post('http://usr-badd1e:pw@${origin}/p?access_token=qry-c0ffee', {
          headers: { authorization: 'Bearer tok-4f9a1c', 'x-api-key': 'key-77b2e0' },
          body: { client_secret: 'bod-5ca1ab', who: '{{password}}' },
          data: { password: ['row-0ddba1'] },
        })
        test('asks', async ({ load }) => {
          const run = await load(post, { users: 1, iterations: 5 })
          expect(run).toHaveErrorRateBelow('99%')
        })`,
    })
    const result = await project.run({
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(project.directory, 'summary.md') },
    })
    echo.close()
    expect(result.exitCode).toBe(1)
    expect(result.output).toContain('[redacted]')
    const rows = (await project.files('out/rows')).map((name) => `out/rows/${name}`)
    expect(rows).toEqual([expect.stringMatching(/rows\/asks-\w+-0\.ndjson$/)])
    const written = await Promise.all(
      [...files, ...rows, ...(await project.files('.perf/history')).map((name) => join('.perf/history', name))].map(
        (path) => readFile(join(project.directory, path), 'utf8'),
      ),
    )
    expect(result.output).toContain(`no metrics to OTLP ${origin}: it answers 500`)
    expect(pushed).toEqual([written[files.indexOf('out/r.prom')]])
    for (const text of [...written, ...pushed, result.output]) {
      expect(text.length).toBeGreaterThan(100)
      expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([])
    }
    expect(written[files.length]!.match(/^\{"kind":"iteration".*"outcome":"failed"/gm)).toHaveLength(5)
    for (const name of [...files.slice(0, -1), ...rows]) expect(result.output).toContain(join(project.directory, name))
    expect(result.output.match(/^::error file=/gm)).toHaveLength(1)
  })
})
