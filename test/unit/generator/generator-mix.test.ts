import { describe, expect, test } from 'vitest'
import type { MixScenarioPlan } from '../../../src/domain/scenario.ts'
import { http, mix } from '../../../src/scenarios/index.ts'
import { arrivals, loadPlan, SECOND } from '../../support/load-plan.ts'
import { sessionBench, sessionLoad } from '../../support/session-load.ts'

const { serve, write, module } = sessionBench()

describe('a mix', () => {
  test('counts each part as if it were alone, over two generators, each row of a file once', async () => {
    const seen: string[] = []
    const url = await serve((request, response) => {
      seen.push(request.url!)
      response.statusCode = request.url === '/bad' ? 500 : 200
      setTimeout(() => response.end('{"ok":true}'), request.url!.startsWith('/slow') ? 60 : 0)
    })
    const file = write('csv', `id\n${Array.from({ length: 30 }, (_, id) => `r${id}`).join('\n')}\n`)
    const parts = mix([
      [3, http.get(`${url}/slow/{{id}}`, { name: 'slow', data: file, dataOrder: 'shuffled' })],
      [1, http.get(`${url}/bad`, { name: 'bad' })],
    ]).plan() as MixScenarioPlan
    const source = 'export default async ({ http, params }) => void (await http.get(params, { name: "page" }))'
    const visit = module('visit', source, `${url}/page`)
    const scenario = { ...parts, parts: [...parts.parts, { weight: 1, plan: visit }] }
    const { run } = await sessionLoad(loadPlan(arrivals(50, SECOND), { scenario, generators: 2 }))

    expect(run.series.outcomes).toMatchObject({ attempted: 50, good: 40, failedByKind: { http: 10 } })
    expect(run.scenario('slow').series.outcomes).toMatchObject({ attempted: 30, good: 30 })
    expect(run.scenario('bad').series.outcomes).toMatchObject({ attempted: 10, good: 0, failedByKind: { http: 10 } })
    expect(run.scenario('visit').series.outcomes).toMatchObject({ attempted: 10, good: 10 })
    // The last one may be sent after the window.
    expect(run.scenario('page').series.outcomes.good).toBeGreaterThan(7)
    expect(run.scenario('slow').series.distributions.latency!.min).toBeGreaterThanOrEqual(59_000)
    expect(run.scenario('slow').subject).toBe('scenario "slow"')
    expect(run.data.errors).toMatchObject([{ request: 'bad', detail: '500', count: 10 }])
    const rows = seen.filter((path) => path.startsWith('/slow'))
    expect([...new Set(rows)]).toHaveLength(30)
    expect(rows).toHaveLength(30)
    expect(() => run.scenario('other')).toThrow(/it has 'bad', 'page', 'slow', 'visit'/)
  }, 20_000)

  test('counts what is never sent for the part that it falls to', async () => {
    const url = await serve((_request, response) => void setTimeout(() => response.end(), 2000))
    const scenario = mix([
      [1, http.get(`${url}/a`, { name: 'a' })],
      [1, http.get(`${url}/b`, { name: 'b' })],
    ]).plan()
    const plan = loadPlan(arrivals(20, SECOND, { maxUsers: 1, maxQueue: 2 }), { scenario, gracefulStopUs: 0 })
    const { run } = await sessionLoad(plan)
    const [whole, a, b] = [run, run.scenario('a'), run.scenario('b')].map(({ series }) => series.outcomes)
    expect(whole).toMatchObject({ attempted: 20, dropped: 17, failedByKind: { aborted: 3 } })
    expect([a!.attempted, b!.attempted]).toEqual([10, 10])
    expect(a!.dropped + b!.dropped).toBe(17)
    expect(run.data.errors.reduce((sum, { count }) => sum + count, 0)).toBe(3)
  }, 20_000)
})
