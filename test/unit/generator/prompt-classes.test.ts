import { expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { http, mix } from '../../../src/scenarios/index.ts'
import { arrivals, loadPlan, SECOND } from '../../support/load-plan.ts'
import { sessionBench, sessionLoad } from '../../support/session-load.ts'

const { serve, module } = sessionBench()

const times = (iterations: number): LoadPlan['profile'] => ({
  executor: 'shared-iterations',
  users: 4,
  iterations,
  thinkTime: null,
  maxDurationUs: 15 * SECOND,
})

test('requests count in the class of their prompt, dropped ones too, over generators and parts of a mix', async () => {
  const url = await serve((request, response) => {
    response.statusCode = request.url!.endsWith('long') ? 500 : 200
    setTimeout(() => response.end('{}'), request.url!.endsWith('stuck') ? 3000 : 0)
  })
  const data = ['short', 'short', 'long'].map((size) => ({ size }))
  const classed = { data, promptClass: '{{size}}' }
  const visit = module(
    'visit',
    'export default async ({ http, params }) => void (await http.get(params, { name: "page", promptClass: "short" }))',
    `${url}/page`,
  )
  const scenario = mix([
    [3, http.get(`${url}/{{size}}`, { name: 'a', ...classed })],
    [1, http.get(`${url}/b`, { name: 'b', promptClass: 'fixed' })],
  ]).plan()
  if (scenario.kind !== 'mix') throw new Error('a mix is a mix')
  const parts = { ...scenario, parts: [...scenario.parts, { weight: 1, plan: visit }] }
  const { run } = await sessionLoad(loadPlan(times(50), { scenario: parts, generators: 2 }))
  const of = (name: string): unknown => run.promptClass(name).series.outcomes
  expect(of('long')).toMatchObject({ attempted: 10, good: 0, failedByKind: { http: 10 } })
  expect(of('fixed')).toMatchObject({ attempted: 10, good: 10 })
  // 20 of the part, and the 10 requests of the module.
  expect(of('short')).toMatchObject({ attempted: 30, good: 30 })
  expect(run.promptClass('short').subject).toBe('prompt class "short"')
  expect(run.series.outcomes).toMatchObject({ attempted: 50, good: 40 })
  expect(run.promptClass('long').errorRate).toBe(1)
  expect(() => run.promptClass('medium')).toThrow(/measured no such class; it has 'fixed', 'long', 'short'/)
}, 20_000)

test('what is never sent counts in the class of its row', async () => {
  const url = await serve((_request, response) => void setTimeout(() => response.end(), 2000))
  const data = Array.from({ length: 4 }, (_, i) => ({ size: i === 0 ? 'long' : 'short' }))
  const scenario = http.get(`${url}/{{size}}`, { data, promptClass: '{{size}}' }).plan()
  const plan = loadPlan(arrivals(20, SECOND, { maxUsers: 1, maxQueue: 2 }), { scenario, gracefulStopUs: 0 })
  const { run } = await sessionLoad(plan)
  const [long, short] = ['long', 'short'].map((name) => run.promptClass(name).series.outcomes)
  expect([long!.attempted, short!.attempted]).toEqual([5, 15])
  expect(long!.good + short!.good).toBe(0)
  expect(long!.dropped + short!.dropped).toBe(run.series.outcomes.dropped)
  expect(long!.dropped).toBeGreaterThan(0)
}, 20_000)
