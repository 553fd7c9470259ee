import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
  test('a load that was killed is finished by `vitest-perf resume`, another run in between or not', async () => {
    const load = (options: string, claims: string): string =>
      specText(`http.get('${server.url}/delay?ms=5')`, options, claims)
    const project = await TemporaryProject.create(leg, {
      'vitest.config.ts': LENIENT_CONFIG,
      'soak.perf.ts': load(
        "{ rate: 100, duration: '6s', warmup: '1s' }",
        `expect(run).toHaveErrorRateBelow('1%')
         console.log('DATA', JSON.stringify({ ...run.data, plan: null, series: { ...run.data.series, distributions: null }, steps: null }))`,
      ),
      'other.perf.ts': load('{ users: 1, iterations: 3 }', 'expect(run).toHaveNoErrors()'),
    })
    const nothing = await project.command(['resume'])
    expect([nothing.exitCode, nothing.stderr]).toEqual([2, expect.stringContaining('nothing to resume in')])

    const vitest = project.start(['run', '--project', 'perf', 'soak.perf'])
    await vitest.saw(/measuring/)
    await sleep(2200)
    vitest.child.kill('SIGKILL')
    await vitest.ended
    const other = await project.run({ args: ['other.perf'] })
    expect(other.exitCode).toBe(0)
    expect(other.output.replaceAll(/\s+/g, ' ')).toMatch(/`npx vitest-perf resume \w+` finishes it/)
    expect(await project.files('.perf/runs')).toEqual([])

    const unknown = await project.command(['resume', 'nonsense'])
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/no run or load 'nonsense'.*\n.*soak/),
    ])
    const resumed = await project.command(['resume'])
    expect(resumed.output).not.toMatch(/FAIL/)
    expect(resumed.exitCode).toBe(0)
    expect(resumed.output.replaceAll(/\s+/g, ' ')).toMatch(/suspect: resumed after a gap of \S+ s at \d\S* s/)
    const data = JSON.parse(/DATA (\{.*\})/.exec(resumed.stdout)![1]!) as {
      series: { windowUs: number; outcomes: { attempted: number; good: number } }
      gaps: { fromUs: number; toUs: number }[]
      buckets: { second: number; phase: string; sent: number }[]
    }
    // At most the answers of the second that was lost are missing; what was measured is as long as it should be.
    expect(data.series.outcomes.attempted).toBeGreaterThan(600 - 100)
    expect(data.series.outcomes.attempted).toBeLessThanOrEqual(601)
    expect(data.series.windowUs / 6e6).toBeCloseTo(1, 1)
    expect(data.gaps).toHaveLength(1)
    const [{ fromUs, toUs } = { fromUs: 0, toUs: 0 }] = data.gaps
    expect(fromUs).toBeGreaterThan(1.5e6)
    expect(fromUs).toBeLessThan(5e6)
    const measured = data.buckets.filter(({ phase }) => phase === 'measure').map(({ second }) => second * 1e6)
    expect(measured.some((us) => us < fromUs) && measured.some((us) => us >= toUs)).toBe(true)
    expect(measured.some((us) => us > fromUs && us + 1e6 < toUs)).toBe(false)

    expect(await project.files('.perf/runs')).toEqual([])
    expect(await project.files('.perf/resumable')).toEqual([])
    const records = await Promise.all(
      (await project.files('.perf/history')).map((file) => project.read(`.perf/history/${file}`)),
    )
    expect(records.filter((text) => text.includes('soak.perf.ts'))).toHaveLength(1)
    expect(await project.survivors()).toEqual([])
  })
})
