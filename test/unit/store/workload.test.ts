import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoadPlan, TracePlan } from '../../../src/domain/load-plan.ts'
import type { ModelScenarioPlan, ScenarioPlan } from '../../../src/domain/scenario.ts'
import { subjectOf, workloadHash } from '../../../src/store/workload.ts'
import { answerAt, TEN_PER_SECOND } from '../../support/measurement-builder.ts'
import { CHAT, PLAN } from './samples.ts'

const ROOT = join(import.meta.dirname, 'project')
const hash = (plan: Partial<LoadPlan>): string => workloadHash({ ...PLAN, ...plan }, ROOT)
const chatHash = (changes: Partial<ModelScenarioPlan>): string => hash({ scenario: { ...CHAT, ...changes } })
const SAME = hash({})

describe('workloadHash stays the same', () => {
  test.each<[string, Partial<ModelScenarioPlan>]>([
    ['another port', { url: 'http://127.0.0.1:9/v1/chat/completions' }],
    ['another host and scheme', { url: 'https://user:pw@gateway.example/v1/chat/completions' }],
    ['another key', { headers: { ...CHAT.headers, Authorization: 'Bearer other' } }],
    ['headers in another order and case', { headers: { AUTHORIZATION: 'x', 'Content-Type': 'application/json' } }],
    ['headers that name one run', { headers: { ...CHAT.headers, 'x-request-id': '17', host: '127.0.0.1:9' } }],
    ['another model: the subject of the comparison', { body: CHAT.body!.replace('qwen3-0.6b', 'llama-3.2') }],
    ['another name', { name: 'renamed' }],
    ['another client', { transport: { ...CHAT.transport, client: 'undici' } }],
    ['another check of the answer', { expectStatus: [200], allowEmpty: true }],
  ])('for %s', (_what, changes) => {
    expect(chatHash(changes)).toBe(SAME)
  })

  test('for another id, label, seed, number of generators and what is only judged', () => {
    expect(
      hash({
        id: 'other',
        label: '2',
        seed: 7,
        generators: 4,
        onInvalid: 'warn',
        onInconclusive: 'fail',
        slo: { latencyUs: 1, ttftUs: null, tpotUs: null },
      }),
    ).toBe(SAME)
  })
})

test('workloadHash tells traces apart by their times and not by where they were read from', () => {
  const trace = (changes: Partial<TracePlan>): string =>
    hash({
      profile: {
        executor: 'trace-arrivals',
        source: './a.csv',
        speed: 1,
        arrivals: 2,
        lengthUs: 2e6,
        peakPerSecond: 1,
        digest: 'one',
        maxUsers: 10,
        maxQueue: null,
        ...changes,
      },
    })
  expect(trace({ source: null })).toBe(trace({ times: { timesUs: [0, 1e6], rows: null } }))
  expect(trace({ digest: 'other' })).not.toBe(trace({}))
})

test('a gateway tells its subject as model_id, and one model of it is the workload of another', () => {
  const gateway = (model: string): ModelScenarioPlan => ({
    ...CHAT,
    dialect: 'json',
    body: `{"model_id":"${model}","inputs":"Hi"}`,
  })
  expect(subjectOf(gateway('qwen2'))).toEqual({ model: 'qwen2' })
  expect(hash({ scenario: gateway('qwen2') })).toBe(hash({ scenario: gateway('llama3') }))
  expect(hash({ scenario: gateway('qwen2') })).not.toBe(
    hash({ scenario: { ...gateway('qwen2'), dialect: 'ollama.chat' } }),
  )
})

describe('workloadHash differs', () => {
  test.each<[string, Partial<ModelScenarioPlan>]>([
    ['another path', { url: 'http://127.0.0.1:41234/v2/chat/completions' }],
    ['another query', { url: 'http://127.0.0.1:41234/v1/chat/completions?beam=4' }],
    ['another method', { method: 'PUT' }],
    ['another body', { body: CHAT.body!.replace('128', '256') }],
    ['another prompt', { data: [{ prompt: 'Hello' }] }],
    ['another header', { headers: { ...CHAT.headers, 'x-priority': 'low' } }],
    ['no stream', { stream: false }],
    ['another timeout', { timeout: { ...CHAT.timeout, totalUs: 5 } }],
  ])('for %s', (_what, changes) => {
    expect(chatHash(changes)).not.toBe(SAME)
  })

  test.each<[string, Partial<LoadPlan>]>([
    [
      'another rate',
      {
        profile: {
          ...PLAN.profile,
          steps: [{ ratePerSecond: 11, durationUs: 60e6, rampUs: 0 }],
        } as LoadPlan['profile'],
      },
    ],
    [
      'another profile',
      { profile: { executor: 'shared-iterations', users: 1, iterations: 9, thinkTime: null, maxDurationUs: 1 } },
    ],
    ['another warm-up', { warmup: { kind: 'requests', requests: 10 } }],
    ['another cool-down', { cooldownUs: 1e6 }],
  ])('for %s', (_what, changes) => {
    expect(hash(changes)).not.toBe(SAME)
  })

  test('for the content of a data file and the order of its rows, but not for where it lies', () => {
    const file = { path: '/a/rows.csv', format: 'csv', rows: 3, digest: 'one' } as const
    const one = chatHash({ data: file })
    expect(chatHash({ data: { ...file, path: '/b/others.csv' }, dataOrder: 'sequential' })).toBe(one)
    expect(chatHash({ data: { ...file, digest: 'two' } })).not.toBe(one)
    expect(chatHash({ data: file, dataOrder: 'shuffled' })).not.toBe(one)
    expect(one).not.toBe(SAME)
  })

  test('for a query parameter, but not for a secret one', () => {
    const url = CHAT.url
    expect(chatHash({ url: `${url}?api_key=one` })).toBe(chatHash({ url: `${url}?api_key=two` }))
    expect(chatHash({ url: `${url}?q=one` })).not.toBe(chatHash({ url: `${url}?q=two` }))
  })
})

test('workloadHash of a search follows its question, not the level that it found', () => {
  const at = (level: number, rate: number): string =>
    hash({
      part: answerAt(level, null),
      profile: {
        ...TEN_PER_SECOND,
        executor: 'constant-arrival-rate',
        steps: [{ ratePerSecond: rate, durationUs: 5e6, rampUs: 0 }],
      } as LoadPlan['profile'],
    })
  expect(at(40, 40)).toBe(at(80, 80))
  expect(at(40, 40)).not.toBe(SAME)
  const asked = { ...answerAt(40, null), question: { by: 'rate', arrivals: 'poisson' } }
  expect(hash({ part: asked })).not.toBe(at(40, 40))
})

test('workloadHash depends on no key order at any depth', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (row) => {
      const reversed = Object.fromEntries(Object.entries(row).reverse())
      expect(chatHash({ data: [{ row: reversed }] })).toBe(chatHash({ data: [{ row }] }))
    }),
  )
})

describe('a scenario module', () => {
  const moduleHash = (file: string, params: unknown): string =>
    hash({
      scenario: { kind: 'module', name: 'x', source: pathToFileURL(join(ROOT, file)).href, params, bundle: null },
    })

  test('is known by its path and parameters, wherever the project lies', () => {
    const plan: ScenarioPlan = {
      kind: 'module',
      name: 'x',
      source: pathToFileURL('/elsewhere/a.ts').href,
      params: { n: 1 },
      bundle: 'file:///b.js',
    }
    expect(workloadHash({ ...PLAN, scenario: plan }, '/elsewhere')).toBe(moduleHash('a.ts', { n: 1 }))
    expect(moduleHash('b.ts', { n: 1 })).not.toBe(moduleHash('a.ts', { n: 1 }))
    expect(moduleHash('a.ts', { n: 2 })).not.toBe(moduleHash('a.ts', { n: 1 }))
  })

  test('may have a random port and a secret among its parameters, but no other path or limit', () => {
    const one = moduleHash('a.ts', { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'one', maxTokens: 5 })
    expect(moduleHash('a.ts', { baseUrl: 'http://127.0.0.1:2/v1', apiKey: 'two', maxTokens: 5 })).toBe(one)
    expect(moduleHash('a.ts', { baseUrl: 'http://127.0.0.1:1/v2', apiKey: 'one', maxTokens: 5 })).not.toBe(one)
    expect(moduleHash('a.ts', { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'one', maxTokens: 6 })).not.toBe(one)
  })

  test('may have parameters that JSON does not know', () => {
    const cycle: Record<string, unknown> = { size: 10n }
    cycle['self'] = cycle
    expect(moduleHash('a.ts', cycle)).toBe(moduleHash('a.ts', cycle))
    expect(moduleHash('a.ts', new Map([['a', 1]]))).not.toBe(moduleHash('a.ts', new Map([['a', 2]])))
    expect(moduleHash('a.ts', new Date(1))).not.toBe(moduleHash('a.ts', new Date(2)))
    expect(moduleHash('a.ts', new Set([1]))).not.toBe(moduleHash('a.ts', new Set([2])))
    expect(moduleHash('a.ts', new Uint8Array([1]))).not.toBe(moduleHash('a.ts', new Uint8Array([2])))
  })
})

test('the model is the subject, where the plan tells it', () => {
  expect(subjectOf(CHAT)).toEqual({ model: 'qwen3-0.6b' })
  expect(subjectOf({ ...CHAT, body: '{"messages":{{json rows}},"model": "a\\"b"}' })).toEqual({ model: 'a\\"b' })
  expect(subjectOf({ ...CHAT, body: null })).toEqual({})
})
