import { describe, expect, test } from 'vitest'
import type { Scenario } from '../../../src/domain/scenario.ts'
import { resolveServices } from '../../../src/plan/resolve-services.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { httpScenario } from '../../support/load-plan.ts'

const chat: Scenario = { name: 'chat', plan: () => httpScenario('http://127.0.0.1:1/') }

function resolve(services: unknown, common?: unknown, label = ''): ReturnType<typeof resolveServices> {
  let id = 0
  return resolveServices(services, common, {
    nextId: () => `id${++id}`,
    label,
    defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
    readRows: readRowFile,
  })
}

const RATE = { rate: 5, duration: '30s' }

test('each service has its own plan, called by its name, under the common options', () => {
  const plans = resolve(
    { llm: [chat, RATE], tts: [chat, { users: 2, duration: '10s', warmup: '1s' }] },
    { warmup: '5s', slo: { latency: '1s' }, onInvalid: 'warn' },
  )
  expect(plans).toMatchObject([
    { service: 'llm', plan: { id: 'id1', label: 'llm', warmup: { durationUs: 5e6 }, onInvalid: 'warn' } },
    { service: 'tts', plan: { id: 'id2', label: 'tts', warmup: { durationUs: 1e6 }, slo: { latencyUs: 1e6 } } },
  ])
})

test('services do not share their random draws unless each asks for the same seed', () => {
  const seeds = (common: unknown, own: object = {}): number[] =>
    resolve({ a: [chat, { ...RATE, ...own }], b: [chat, { ...RATE, ...own }] }, common).map(({ plan }) => plan.seed)
  expect(seeds(undefined)).toEqual([1, 2])
  expect(seeds({ seed: 7 })).toEqual([7, 8])
  expect(seeds({ seed: 7 }, { seed: 3 })).toEqual([3, 3])
})

test('the label of the whole load stands before the names', () => {
  const labels = (common: unknown, label: string): string[] =>
    resolve({ llm: [chat, RATE] }, common, label).map(({ plan }) => plan.label)
  expect(labels({ label: 'cold' }, '')).toEqual(['cold / llm'])
  expect(labels(undefined, '2')).toEqual(['2 / llm'])
})

describe('a mistake is named with its service', () => {
  test.each<readonly [string, unknown, unknown, RegExp]>([
    ['no service', {}, undefined, /^load\(services\): got \{\}, takes a scenario, or an object of services/],
    ['no pair anywhere', { baseUrl: 'x' }, undefined, /takes a scenario, or an object of services/],
    ['no pair', { llm: [chat, RATE], tts: chat }, undefined, /^load\(services\): tts: got .*, takes a pair such as/],
    ['a lone scenario in a list', { llm: [chat] }, undefined, /^load\(services\): llm: got .*, takes a pair/],
    ['pair the wrong way round', { llm: [RATE, chat] }, undefined, /llm: the first of the pair is no scenario/],
    ['a profile that is none', { llm: [chat, 5] }, undefined, /llm: the second of the pair: got 5, takes a profile/],
    ['a nameless service', { ' ': [chat, RATE] }, undefined, /takes a name that is not empty/],
    [
      'a wrong rate',
      { llm: [chat, { rate: '5', duration: '1s' }] },
      undefined,
      /^load\(services\): llm: option rate: got '5', takes a number over 0$/,
    ],
    ['no profile', { llm: [chat, {}] }, undefined, /^load\(services\): llm: no load profile: got /],
    [
      'an unknown option',
      { llm: [chat, { ...RATE, warmUp: 1 }] },
      undefined,
      /^load\(services\): llm: unknown option warmUp: got 1/,
    ],
    [
      'a label',
      { llm: [chat, { ...RATE, label: 'x' }] },
      undefined,
      /llm: option label: the name of a service is its label/,
    ],
    [
      'a profile for all',
      { llm: [chat, RATE] },
      { rate: 5 },
      /^load\(services, common\): unknown option rate: got 5\n {2}hint: options here are label, warmup/,
    ],
    [
      'common options that are none',
      { llm: [chat, RATE] },
      '5s',
      /^load\(services, common\): the options: got '5s', takes an object/,
    ],
    [
      'a wrong common option',
      { llm: [chat, RATE] },
      { warmup: 'long' },
      /^load\(services, common\): option warmup: got 'long', takes a duration/,
    ],
  ])('%s', (_, services, common, message) => {
    expect(() => resolve(services, common)).toThrow(message)
  })
})
