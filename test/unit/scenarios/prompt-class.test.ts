import { expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { rowOrder } from '../../../src/plan/row-order.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { http, openai, type HttpOptions } from '../../../src/scenarios/index.ts'

const post = (options: HttpOptions): HttpScenarioPlan =>
  http.post('http://h/', { body: { v: '{{v}}' }, ...options }).plan() as HttpScenarioPlan
const rows = [
  { v: 1, class: 'short', size: { kind: 7 } },
  { v: 2, class: 'long', size: { kind: 8 } },
]

test('is a column of the row, which for models is found by itself', async () => {
  const named = await compileScenario(post({ data: rows, promptClass: '{{size.kind}}' }))
  expect([0, 1, 2].map((k) => named.prepare(k).promptClass)).toEqual(['7', '8', '7'])
  const model = openai.chat({ baseUrl: 'http://h', model: 'm', data: [{ prompt: 'a', class: 'short' }] }).plan()
  expect(model).toMatchObject({ promptClass: '{{class}}' })
  const plain = await compileScenario(post({ data: rows }))
  expect([plain.prepare(0).promptClass, plain.classOf]).toEqual([undefined, null])
})

test('of a request that is never sent is that of its row, in every order', async () => {
  const data = Array.from({ length: 30 }, (_, v) => ({ v, class: v < 10 ? 'short' : 'long' }))
  for (const dataOrder of ['sequential', 'shuffled', 'random'] as const) {
    const plan = post({ data, dataOrder, promptClass: '{{class}}' })
    const { prepare, classOf } = await compileScenario(plan, rowOrder(plan, 5))
    for (let k = 0; k < 90; k++) {
      const { v } = JSON.parse(String(prepare(k).body)) as { v: number }
      expect(classOf!(k)).toBe(v < 10 ? 'short' : 'long')
      expect(prepare(k).promptClass).toBe(classOf!(k))
    }
  }
})

test.each<[HttpOptions, RegExp]>([
  [
    { data: Array.from({ length: 60 }, (_, v) => ({ v })), promptClass: '{{v}}' },
    /option promptClass: '\{\{v\}\}': got more than 50 classes, '50' among them, takes up to 50/,
  ],
  [{ data: rows, promptClass: '{{kind}}' }, /names 'kind', but row 0 of the data has v, class, size/],
  [{ data: rows, promptClass: '{{size}}' }, /gives \{"kind":7\} in row 0 of the data, takes a name/],
  [{ data: rows, promptClass: '{{$uuid}}' }, /is new in each request, takes columns of the data/],
  [{ data: rows, promptClass: '{{class}}', dataOrder: 'unique' }, /takes no dataOrder 'unique'/],
])('%j is refused before the load', (options, message) => {
  expect(() => post(options)).toThrow(message)
})
