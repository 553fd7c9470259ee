import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DataOrder } from '../../../src/domain/scenario.ts'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { rowOrder } from '../../../src/plan/row-order.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { httpScenario } from '../../support/load-plan.ts'

const rows = (count: number): Record<string, unknown>[] => Array.from({ length: count }, (_, a) => ({ a }))
const order = (dataOrder: DataOrder, count: number, seed = 1, name = 'get'): ((k: number, user: number) => number) =>
  rowOrder({ name, data: rows(count), dataOrder }, seed)
const size = fc.integer({ min: 1, max: 200 })
const seed = fc.integer({ min: -(2 ** 40), max: 2 ** 40 })

describe('the order of rows', () => {
  test('shuffled: every row once before any comes again, each time in another order', () => {
    fc.assert(
      fc.property(size, seed, fc.nat(50), (n, s, block) => {
        const rowOf = order('shuffled', n, s)
        const taken = Array.from({ length: n }, (_, i) => rowOf(block * n + i, 0))
        expect([...taken].sort((a, b) => a - b)).toEqual(rows(n).map((_, i) => i))
      }),
    )
    const rowOf = order('shuffled', 50)
    const blocks = [0, 1, 2].map((block) => Array.from({ length: 50 }, (_, i) => rowOf(block * 50 + i, 0)).join())
    expect(new Set(blocks).size).toBe(3)
  })

  test.each(['sequential', 'shuffled', 'random', 'unique'] as const)(
    '%s: is the same whichever generator asks, and in whatever sequence',
    (dataOrder) => {
      fc.assert(
        fc.property(size, seed, fc.array(fc.nat(5000), { maxLength: 60 }), (n, s, ks) => {
          const one = order(dataOrder, n, s)
          const inOrder = new Map([...ks].sort((a, b) => a - b).map((k) => [k, one(k, k % n)]))
          const other = order(dataOrder, n, s)
          for (const k of ks) {
            expect(other(k, k % n)).toBe(inOrder.get(k))
            expect(inOrder.get(k)).toBeLessThan(n)
          }
        }),
      )
    },
  )

  test('random: draws are even and depend on the seed and on whose rows they are', () => {
    const draws = (s: number, name?: string): number[] => {
      const rowOf = order('random', 10, s, name)
      return Array.from({ length: 20_000 }, (_, k) => rowOf(k, 0))
    }
    const counts = rows(10).map((_, i) => draws(1).filter((row) => row === i).length)
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(4.5 * Math.sqrt(2000 * 0.9))
    expect(draws(2)).not.toEqual(draws(1))
    expect(draws(1, 'other')).not.toEqual(draws(1))
  })

  test('unique: a user keeps its row', () => {
    const rowOf = order('unique', 3)
    expect([0, 5, 900].map((k) => rowOf(k, 2))).toEqual([2, 2, 2])
  })
})

describe('rows of their own', () => {
  const load = (options: object): unknown =>
    resolveLoad(httpScenario('http://h/{{a}}', { templated: true, data: rows(5), dataOrder: 'unique' }), options, {
      id: '',
      label: '',
      defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
      readRows: readRowFile,
    })

  test.each([
    [{ users: 6, duration: '1s' }, "option users: got 6, but the data of 'get' has 5 rows"],
    [{ users: 6, iterations: 6 }, 'option users: got 6'],
    [{ users: 6, iterationsPerUser: 1 }, 'option users: got 6'],
    [
      {
        steps: [
          { users: 1, duration: 1 },
          { users: 9, duration: 1 },
        ],
      },
      'option users: got 9',
    ],
    [{ rate: 1, duration: '1s' }, 'option maxUsers: got 1000'],
    [{ burst: 5, maxUsers: 5, generators: 2 }, 'option maxUsers: got 6'],
    [{ rate: 1, duration: '1s', maxUsers: 6 }, 'hint: give maxUsers: 5, or more rows'],
  ])('are refused before the load where users outnumber them: %j', (options, message) => {
    expect(() => load(options)).toThrow(message)
  })

  test.each([
    { users: 5, duration: '1s' },
    { rate: 1, duration: '1s', maxUsers: 5 },
  ])('are enough for %j', (options) => {
    expect(load(options)).toMatchObject({ seed: 1 })
  })
})
