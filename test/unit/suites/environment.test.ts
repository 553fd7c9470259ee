import { expect, test } from 'vitest'
import {
  countOf,
  durationOf,
  flagOf,
  listOf,
  numbersOf,
  portOf,
  scaleOf,
  textOf,
  urlOf,
} from '../../../suites/environment.ts'

test('variables of the suites are read, and empty ones are absent', () => {
  const env = {
    PERF_SCALE: 'full',
    LLM_ITERATIONS: '10',
    PERF_STEP: ' 1.5m ',
    PERF_RATES: '10, 0.5',
    AI_URL: 'http://127.0.0.1:8000/',
    NAMES: 'a,,b ',
    PORT: '0',
    FLAG: '1',
    EMPTY: '',
  }
  expect([scaleOf(env), countOf(env, 'LLM_ITERATIONS'), durationOf(env, 'PERF_STEP')]).toEqual(['full', 10, '1.5m'])
  expect([numbersOf(env, 'PERF_RATES'), urlOf(env, 'AI_URL')]).toEqual([[10, 0.5], 'http://127.0.0.1:8000'])
  expect([listOf(env, 'NAMES'), portOf(env, 'PORT'), flagOf(env, 'FLAG')]).toEqual([['a', 'b'], 0, true])
  expect([countOf(env, 'EMPTY'), durationOf(env, 'EMPTY'), textOf(env, 'EMPTY'), numbersOf(env, 'EMPTY')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect([scaleOf({}), flagOf({}, 'FLAG'), listOf({}, 'NAMES')]).toEqual(['small', false, []])
})

test.each([
  ['PERF_SCALE', 'FULL', () => scaleOf({ PERF_SCALE: 'FULL' })],
  ['N', '0', () => countOf({ N: '0' }, 'N')],
  ['N', '1e3', () => countOf({ N: '1e3' }, 'N')],
  ['N', '-1', () => countOf({ N: '-1' }, 'N')],
  ['N', '2.5', () => countOf({ N: '2.5' }, 'N')],
  ['PORT', '70000', () => portOf({ PORT: '70000' }, 'PORT')],
  ['STEP', '5', () => durationOf({ STEP: '5' }, 'STEP')],
  ['STEP', '0s', () => durationOf({ STEP: '0s' }, 'STEP')],
  ['STEP', '5 minutes', () => durationOf({ STEP: '5 minutes' }, 'STEP')],
  ['RATES', '10,x', () => numbersOf({ RATES: '10,x' }, 'RATES')],
  ['RATES', '0', () => numbersOf({ RATES: '0' }, 'RATES')],
  ['URL', 'localhost:8000', () => urlOf({ URL: 'localhost:8000' }, 'URL')],
  ['FLAG', 'yes', () => flagOf({ FLAG: 'yes' }, 'FLAG')],
])('a wrong %s names the variable and what it got: %s', (name, got, read) => {
  expect(read).toThrow(`environment variable ${name}: got '${got}', takes `)
})
