import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/domain/random.ts'
import type { RequestPlan, SingleScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { choice, http, openai, range, type ChatOptions } from '../../../src/scenarios/index.ts'
import { openAiCallPlan } from '../../../src/scenarios/openai.ts'

type Requests = Parameters<typeof compileScenario>[0]

/** The JSON bodies of n requests of a seed. */
async function bodies(n: number, plan: SingleScenarioPlan, seed = 1): Promise<Record<string, unknown>[]> {
  const { prepare } = await compileScenario(plan as Requests, undefined, (k) => seededRandom(seed, k))
  return Array.from({ length: n }, (_, k) => JSON.parse(String(prepare(k).body)) as Record<string, unknown>)
}

const chat = (options: Partial<ChatOptions>): SingleScenarioPlan =>
  openai
    .chat({ baseUrl: 'http://h', model: 'm', data: { prompt: ['a', 'b'] }, ...options })
    .plan() as SingleScenarioPlan

/** How often each value came. */
function counts(values: readonly unknown[]): Record<string, number> {
  const all: Record<string, number> = {}
  for (const value of values) all[String(value)] = (all[String(value)] ?? 0) + 1
  return all
}

describe('what is drawn for each request', () => {
  test('stands in options, in extraBody and in a body, and follows from request and seed alone', async () => {
    const plan = chat({
      maxTokens: choice([64, 128]),
      temperature: range([0.2, 0.9]),
      extraBody: { stop: choice([['x'], null]), guided: { n: range([1, 3]) } },
    })
    const first = await bodies(400, plan)
    expect(counts(first.map((body) => body['max_tokens']))).toEqual({ 64: expect.any(Number), 128: expect.any(Number) })
    expect(counts(first.map((body) => body['max_tokens']))['64']).toBeGreaterThan(150)
    expect(counts(first.map((body) => (body['guided'] as { n: number }).n))).toEqual({
      1: expect.any(Number),
      2: expect.any(Number),
      3: expect.any(Number),
    })
    expect(first.every((body) => body['stop'] === null || (body['stop'] as string[])[0] === 'x')).toBe(true)
    const temperatures = first.map((body) => body['temperature'] as number)
    expect([Math.min(...temperatures) >= 0.2, Math.max(...temperatures) < 0.9]).toEqual([true, true])
    expect(await bodies(400, plan)).toEqual(first)
    expect(await bodies(400, plan, 2)).not.toEqual(first)
    // Another generator may well begin at a later request.
    const { prepare } = await compileScenario(plan as Requests, undefined, (k) => seededRandom(1, k))
    expect(JSON.parse(String(prepare(77).body))).toEqual(first[77])
  })

  test('is independent of what stands beside it', async () => {
    const values = (await bodies(2000, chat({ maxTokens: choice([1, 2]), seed: choice([1, 2]) }))).map(
      (body) => `${String(body['max_tokens'])} ${String(body['seed'])}`,
    )
    for (const count of Object.values(counts(values))) expect(count).toBeGreaterThan(430)
    expect(Object.keys(counts(values))).toHaveLength(4)
  })

  test('keeps weights, and a value of weight 0 never comes', async () => {
    const plan = http.post('http://h/', { body: { n: choice(['a', 'b', 'c'], { weights: [3, 1, 0] }) } }).plan()
    const all = counts((await bodies(2000, plan as SingleScenarioPlan)).map(({ n }) => n))
    expect(Object.keys(all)).toEqual(expect.arrayContaining(['a', 'b']))
    expect(all['c']).toBeUndefined()
    expect(Math.abs(all['a']! - 1500)).toBeLessThan(80)
  })

  test('may hold templates, and each of them is tried on the data before the load', async () => {
    const body = { n: choice(['{{a}}!', { deep: '{{a}}' }]) }
    const plan = http.post('http://h/', { body, data: { a: [1, 2] } }).plan() as SingleScenarioPlan
    const all = new Set((await bodies(40, plan)).map(({ n }) => JSON.stringify(n)))
    expect([...all].sort()).toEqual(['"1!"', '"2!"', '{"deep":1}', '{"deep":2}'])
    const wrong = http.post('http://h/', { body: { n: choice(['{{a}}', '{{missing}}']) }, data: { a: [1] } })
    expect(() => wrong.plan()).toThrow(/names 'missing'/)
  })

  test('may be written as data', async () => {
    const body = { a: { $choice: [5] }, b: { $range: [2, 2] }, c: { $range: { exponential: 10 }, max: 12 } }
    const [first] = await bodies(1, http.post('http://h/', { body }).plan() as SingleScenarioPlan)
    expect(first).toMatchObject({ a: 5, b: 2 })
    expect(first!['c']).toBeLessThanOrEqual(12)
  })

  test('has the mean and the bounds that were asked for', async () => {
    const of = async (n: ReturnType<typeof range>): Promise<number[]> =>
      (await bodies(4000, http.post('http://h/', { body: { n } }).plan() as SingleScenarioPlan)).map(
        (body) => body['n'] as number,
      )
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    const normal = await of(range({ normal: [128, 16] }))
    expect(Math.abs(mean(normal) - 128)).toBeLessThan(1.2)
    expect(normal.every(Number.isInteger)).toBe(true)
    const cut = await of(range({ lognormal: [100, 1] }, { min: 50, max: 200 }))
    expect([Math.min(...cut), Math.max(...cut)]).toEqual([expect.closeTo(50, -1), expect.closeTo(200, -1)])
    expect((await of(range({ normal: [0.7, 0.1] }))).some((value) => !Number.isInteger(value))).toBe(true)
    expect(await of(range([7, 9])).then((values) => Object.keys(counts(values)))).toEqual(['7', '8', '9'])
  })
})

test.each([
  [() => choice([]), /choice\(values, \{ weights \}\): values: got \[\], takes a list of at least one value/],
  [() => choice([1, 2], { weights: [1] }), /weights: got \[1\], takes 2 numbers from 0/],
  [() => choice([1, 2], { weights: [0, 0] }), /not all 0/],
  [() => range([3, 1]), /spread: got \[3,\s?1\], takes \[least, most\]/],
  [() => range({ normal: [1] } as never), /takes \[least, most\], \{ normal/],
  [() => range([1, 2], { min: 0 }), /min: got 0, takes none beside a pair/],
  [() => chat({ maxTokens: choice([64, 0]) }), /option maxTokens: got .*takes a whole number from 1/],
  [() => chat({ maxTokens: range([0.5, 3]) }), /takes a whole number from 1/],
  [() => chat({ topP: choice([0.5, 2]) }), /option topP.*takes a number from 0 to 1/],
  [() => chat({ extraBody: { n: { $choice: [1], weight: [1] } } }), /no option is called weight/],
  [
    () =>
      openAiCallPlan('chat', { baseUrl: 'http://h', model: 'm', messages: [{ role: 'user' }], maxTokens: choice([1]) }),
    /inside a scenario module is never drawn/,
  ],
])('%s is refused', (make, message) => {
  expect(make).toThrow(message)
})

test('a request without draws or templates is made once', async () => {
  const plan = http.post('http://h/', { body: { n: 1 } }).plan() as RequestPlan & SingleScenarioPlan
  const { prepare } = await compileScenario(plan as Requests)
  expect(plan.templated).toBe(false)
  expect(prepare(1)).toBe(prepare(0))
})
