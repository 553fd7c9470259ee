import { describe, expect, test } from 'vitest'
import type { MixScenarioPlan, Scenario } from '../../../src/domain/scenario.ts'
import { http, mix, scenario } from '../../../src/scenarios/index.ts'
import { renamed } from '../../../src/scenarios/mix.ts'
import { redactPlan } from '../../../src/scenarios/redact.ts'

const get = (name: string): Scenario => http.get('http://h/', { name })
const weights = (made: Scenario): [string, number][] =>
  (made.plan() as MixScenarioPlan).parts.map(({ plan, weight }) => [plan.name, weight])

describe('mix()', () => {
  test('is a scenario of weighted parts', () => {
    const made = mix([
      [4, get('qwen')],
      [0.5, get('llama')],
    ])
    expect(made.plan()).toMatchObject({ kind: 'mix', parts: [{ plan: { kind: 'http' } }, { plan: { kind: 'http' } }] })
    expect(weights(made)).toEqual([
      ['qwen', 4],
      ['llama', 0.5],
    ])
  })

  test('takes the parts of a mix inside it as its own, whole weights staying whole', () => {
    const inner = mix([
      [1, get('a')],
      [2, get('b')],
    ])
    expect(
      weights(
        mix([
          [3, inner],
          [1, get('c')],
        ]),
      ),
    ).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ])
    const deeper = mix([
      [
        1,
        mix([
          [5, inner],
          [5, get('c')],
        ]),
      ],
      [1, get('d')],
    ])
    expect(weights(deeper)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 6],
    ])
    expect(weights(mix([[0.5, inner]]))[1]![1]).toBeCloseTo(1 / 3)
  })

  test('gives its parts other names where it is asked to', () => {
    expect(
      weights(
        mix([
          [1, renamed(get('a'), 'b')],
          [1, get('a')],
        ]),
      ),
    ).toEqual([
      ['b', 1],
      ['a', 1],
    ])
    const here = new URL(import.meta.url)
    expect(
      weights(
        mix([
          [1, scenario(here, {}, { name: 'x' })],
          [1, scenario(here)],
        ]),
      ),
    ).toEqual([
      ['x', 1],
      ['mix.test', 1],
    ])
  })

  test('does not show the secrets of its parts', () => {
    const secretive = mix([[1, http.get('http://h/?api_key=hush', { headers: { authorization: 'Bearer hush' } })]])
    expect(JSON.stringify(redactPlan(secretive.plan()))).not.toContain('hush')
  })

  test.each<[unknown, string]>([
    [[], 'mix(parts): parts: got [], takes a list of weights and scenarios'],
    [{ a: 1 }, 'mix(parts): parts: got {"a":1}'],
    [[get('a')], 'mix(parts): parts[0]: got'],
    [[[0, get('a')]], 'parts[0][0]: got 0, takes a weight over 0'],
    [
      [
        [1, get('a')],
        ['2', get('b')],
      ],
      "parts[1][0]: got '2', takes a weight",
    ],
    [[[Number.NaN, get('a')]], 'parts[0][0]: got NaN'],
    [[[1, 'qwen']], "parts[0][1]: got 'qwen', takes a scenario"],
    [
      [
        [1, get('a')],
        [1, get('a')],
      ],
      "two parts are called 'a': each is counted under its name\n  hint: give one",
    ],
    [
      [
        [1, get('a')],
        [1, mix([[1, get('a')]])],
      ],
      "two parts are called 'a'",
    ],
  ])('refuses %j', (parts, message) => {
    expect(() => mix(parts as never)).toThrow(message)
  })
})
