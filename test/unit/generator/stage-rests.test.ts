import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stageRests } from '../../../src/generator/stage-rests.ts'

const rests = (stages: Record<string, number>, totalUs: number): Record<string, number> =>
  Object.fromEntries(stageRests(new Map(Object.entries(stages)), totalUs))

describe('what follows from the stages of a request', () => {
  test('is what is left of the latency', () => {
    expect(rests({ queue: 20_000, decode: 50_000 }, 100_000)).toEqual({ '(rest)': 30_000 })
  })

  test('is what is left of each stage that has parts', () => {
    expect(rests({ clone: 80_000, 'clone/encode': 30_000, 'clone/llm': 40_000, post: 5_000 }, 100_000)).toEqual({
      'clone/(rest)': 10_000,
      '(rest)': 15_000,
    })
  })

  test('is a stage that only its parts tell of, as inferred', () => {
    expect(rests({ 'a/b/c': 10_000, 'a/b/d': 20_000, e: 5_000 }, 40_000)).toEqual({
      'a/b (inferred)': 30_000,
      'a (inferred)': 30_000,
      '(rest)': 5_000,
    })
  })

  test('counts a stage that the server inferred as told', () => {
    expect(rests({ 'clone (inferred)': 50_000, 'clone/encode': 30_000 }, 60_000)).toEqual({
      'clone/(rest)': 20_000,
      '(rest)': 10_000,
    })
  })

  test('is no rest where parts are longer than the whole, but by how much', () => {
    expect(rests({ clone: 20_000, 'clone/encode': 50_000 }, 100_000)).toEqual({
      'clone/(overlap)': 30_000,
      '(rest)': 80_000,
    })
    expect(rests({ decode: 100_000_000 }, 100_000)).toEqual({ '(overlap)': 99_900_000 })
  })

  test('forgives a millisecond of rounding', () => {
    expect(rests({ decode: 101_000 }, 100_000)).toEqual({ '(rest)': 0 })
  })

  test('is nothing where only the client itself told stages', () => {
    expect(rests({ dns: 100, connect: 200, tls: 300 }, 10_000)).toEqual({})
    expect(rests({ connect: 200, db: 300 }, 10_000)).toEqual({ '(rest)': 9500 })
  })

  test('adds up to the latency, whatever the tree', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.dictionary(path, fc.integer({ min: 0, max: 1e6 }), { minKeys: 1 }), (stages) => {
        const found = { ...stages, ...rests(stages, 1e9) }
        const top = Object.entries(found).filter(([name]) => !name.includes('/'))
        expect(top.reduce((sum, [, us]) => sum + us, 0)).toBe(1e9)
      }),
    )
  })

  test.each(['/a', 'a//b', 'a/', '/'])('comes to an end for the name %j of a careless server', (name) => {
    expect(rests({ [name]: 1 }, 10_000)).toHaveProperty('(rest)')
  })
})
