import { describe, expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { addOutcomes, NO_OUTCOMES, type OutcomeCounts } from '../../../src/domain/measurement.ts'
import { distribution, events, ofWindow, outcomes } from '../../support/delta-reading.ts'
import { generatorBench, model } from '../../support/generator-bench.ts'
import { nowUs } from '../../support/generator-fork.ts'
import { loadPlan, SECOND, users } from '../../support/load-plan.ts'

const { newGenerator, serve, bundle: bundleOf } = generatorBench()

describe('a scenario module', () => {
  const moduleScenario = (bundle: string, params: unknown = {}): LoadPlan['scenario'] => ({
    kind: 'module',
    name: 'flow',
    source: 'file:///flow.scenario.ts',
    params,
    bundle,
  })
  const count = (iterations: number, usersCount = 1): LoadPlan['profile'] => ({
    executor: 'shared-iterations',
    users: usersCount,
    iterations,
    thinkTime: null,
    maxDurationUs: 20 * SECOND,
  })

  test('is measured as a whole and request by request', async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/missing' ? 404 : 200
      response.end(JSON.stringify({ path: request.url }))
    })
    const bundle = await bundleOf(
      'flow',
      `
      export default async ({ http, params, check, sleep, user, iteration }) => {
        const first = await http.get(params.url + '/a', { name: 'first' })
        check(first.json().path === '/a', 'the path comes back')
        await sleep('20ms')
        await http.get(params.url + '/missing', { name: 'second', allowFailure: true })
        if (iteration % 4 === 1) check(false, 'every fourth fails')
        if (iteration % 4 === 2) await http.get(params.url + '/missing', { name: 'third' })
      }`,
    )
    const deltas = await newGenerator().load(loadPlan(count(8), { scenario: moduleScenario(bundle, { url }) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 8, good: 4, failedByKind: { check: 2, http: 2 } })
    expect(distribution(deltas, 'latency').min).toBeGreaterThanOrEqual(20_000)
    expect(events(deltas, 0)).toMatchObject({ sent: 8, completed: 4, failed: 4 })
    const byName = (name: string): OutcomeCounts =>
      ofWindow(deltas, 0, 'request')
        .filter(({ request }) => request === name)
        .map((series) => series.outcomes)
        .reduce(addOutcomes, NO_OUTCOMES)
    expect(byName('first')).toMatchObject({ attempted: 8, good: 8 })
    expect(byName('second')).toMatchObject({ attempted: 8, good: 0, failedByKind: { http: 8 } })
    expect(byName('third')).toMatchObject({ attempted: 2, failedByKind: { http: 2 } })
    const samples = deltas.flatMap(({ errors }) => errors)
    expect(samples.filter(({ kind }) => kind === 'check')).toMatchObject([{ message: 'every fourth fails', count: 2 }])
  }, 20_000)

  test('streams with the TTFT and the tokens of its request', async () => {
    const url = await serve(model(5, 20, 8))
    const bundle = await bundleOf(
      'stream',
      `
      export default async ({ openai, params }) => {
        const answer = await openai.chat({ baseUrl: params.url, model: 'm', messages: [{ role: 'user', content: 'hi' }] })
        if (answer.content !== 'w1 w2 w3 w4 w5 ' || answer.outputTokens !== 8) throw new Error(answer.content)
      }`,
    )
    const deltas = await newGenerator().load(loadPlan(count(6, 2), { scenario: moduleScenario(bundle, { url }) }))
    expect(outcomes(deltas)).toMatchObject({ attempted: 6, good: 6 })
    expect(distribution(deltas, 'ttft').n).toBe(6)
    expect(distribution(deltas, 'interChunkLatency').n).toBe(24)
    expect(events(deltas, 0).outputTokens).toBe(48)
    expect(events(deltas, 0, 'request').outputTokens).toBe(48)
  }, 20_000)

  test('that throws stops the load and shows where in its source, once', async () => {
    const bundle = await bundleOf(
      'broken',
      `
interface Item { name: string }

export default async () => {
  const item = undefined as unknown as Item
  await Promise.resolve()
  console.log(item.name)
}`,
    )
    const generator = newGenerator()
    generator.prepare(loadPlan(users(5, 20 * SECOND), { scenario: moduleScenario(bundle) }))
    await generator.report('ready')
    generator.send({ kind: 'go', startUs: nowUs() + 20_000 })
    const { error } = await generator.report('scenario-error')
    expect(error.message).toMatch(/^TypeError: .*undefined/)
    expect(error.stack).toMatch(/broken\.scenario\.ts:7:\d+/)
    await generator.report('delta', ({ final }) => final)
    expect(generator.reports.filter(({ kind }) => kind === 'scenario-error')).toHaveLength(1)
  }, 20_000)

  test.each([
    ['does not export a function', 'export default { run() {} }', /default export is object/],
    ['fails while it is loaded', `throw new Error('no key')`, /no key/],
  ])(
    'that %s is an error before the load',
    async (name, source, message) => {
      const generator = newGenerator()
      generator.prepare(
        loadPlan(users(1, SECOND), {
          scenario: moduleScenario(await bundleOf(name.replaceAll(' ', '-'), source)),
        }),
      )
      expect((await generator.report('scenario-error')).error.message).toMatch(message)
    },
    20_000,
  )

  test('that forgets a promise of its own is a scenario error too', async () => {
    const bundle = await bundleOf(
      'forgets',
      `export default async ({ sleep }) => { Promise.reject(new Error('forgotten')); await sleep('50ms') }`,
    )
    const generator = newGenerator()
    await Promise.all([
      generator.load(loadPlan(count(3), { scenario: moduleScenario(bundle) })),
      generator.report('scenario-error'),
    ])
    expect((await generator.report('scenario-error')).error.message).toContain('forgotten')
  }, 20_000)
})
