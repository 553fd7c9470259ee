import { expect, test } from 'vitest'
import type { MixScenarioPlan, ModelScenarioPlan } from '../../../src/domain/scenario.ts'
import { http } from '../../../src/scenarios/index.ts'
import { type ScenarioDefinition, suiteScenarios } from '../../../src/spec/suite-scenarios.ts'

const root = { 'http.get': { url: 'http://h/' } }
const made = (definitions: Readonly<Record<string, unknown>>): ReturnType<typeof suiteScenarios> =>
  suiteScenarios("suite('s')", definitions as Readonly<Record<string, ScenarioDefinition>>)

test('a suite mixes scenarios by their names, which they are counted under, whatever stands first', () => {
  const scenarios = made({
    all: {
      mix: [
        [1, 'both'],
        [2, 'third'],
      ],
    },
    both: {
      mix: [
        [4, 'one'],
        [4, 'two'],
      ],
    },
    one: root,
    two: root,
    third: http.get('http://h/', { name: 'own name' }),
  })
  const parts = (name: string): unknown[] =>
    (scenarios.get(name)!.plan() as MixScenarioPlan).parts.map(({ plan, weight }) => [plan.name, weight])
  expect(parts('both')).toEqual([
    ['one', 4],
    ['two', 4],
  ])
  expect(parts('all')).toEqual([
    ['one', 1],
    ['two', 1],
    ['third', 4],
  ])
  expect([...scenarios.keys()].sort()).toEqual(['all', 'both', 'one', 'third', 'two'])
})

test('a suite has WebSockets too', () => {
  const scenarios = made({ ws: { websocket: { url: 'ws://h/chat', send: ['x'] } } })
  expect(scenarios.get('ws')!.plan()).toMatchObject({ kind: 'websocket', url: 'http://h/chat', receive: 1 })
  expect(() => made({ ws: { websocket: { url: 'ws://h', receive: 'x' } } })).toThrow(
    "suite('s'): scenarios.ws.websocket: websocket(url, options): option receive: got 'x', takes a whole number from 0",
  )
})

test('a suite has the APIs of language models, and services described by paths', () => {
  const asked = { baseUrl: 'http://h', model: 'm', prompt: 'x' }
  const { prompt, ...ofModel } = asked
  const scenarios = made({
    responses: { 'openai.responses': { ...ofModel, input: prompt } },
    embeddings: { 'openai.embeddings': { ...ofModel, input: prompt } },
    tgi: { 'tgi.generate': { baseUrl: 'http://h', prompt } },
    llamacpp: { 'llamacpp.completion': { baseUrl: 'http://h', prompt } },
    ollama: { 'ollama.chat': { ...ofModel, messages: '{{m}}', data: { m: [[]] } } },
    anthropic: { 'anthropic.messages': { ...ofModel, maxTokens: 1, messages: '{{m}}', data: { m: [[]] } } },
    own: { json: { url: 'http://h/generate', body: { prompt }, read: { text: 'data.text' } } },
  })
  expect([...scenarios.values()].map((scenario) => (scenario.plan() as ModelScenarioPlan).dialect)).toEqual([
    'openai.responses',
    'openai.embeddings',
    'tgi.generate',
    'llamacpp.completion',
    'ollama.chat',
    'anthropic.messages',
    'json',
  ])
  expect(() => made({ own: { json: { url: 'http://h/', read: { text: '' } } } })).toThrow(
    "suite('s'): scenarios.own.json: json(options): option read.text: got '', takes a dotted path such as 'data.text'",
  )
})

test.each<[Readonly<Record<string, unknown>>, string]>([
  [{ one: root, m: { mix: [[1, 'tow']] } }, "suite('s'): scenarios.m.mix: got 'tow', takes one of one, m"],
  [{ one: root, m: { mix: [['1', 'one']] } }, "scenarios.m.mix: mix(parts): parts[0][0]: got '1', takes a weight"],
  [{ one: root, m: { mix: 'one' } }, "scenarios.m.mix: mix(parts): parts: got 'one'"],
  [
    {
      one: root,
      m: {
        mix: [
          [1, 'one'],
          [1, 'one'],
        ],
      },
    },
    "two parts are called 'one'",
  ],
  [{ a: { mix: [[1, 'b']] }, b: { mix: [[1, 'a']] } }, 'a is mixed of b is mixed of a'],
  [
    { one: { 'http.get': { url: 'http://h/', x: 1 } } },
    "suite('s'): scenarios.one.http.get: http.get(url, options): unknown option x",
  ],
])('a wrong definition is named with its place: %j', (definitions, message) => {
  expect(() => made(definitions)).toThrow(message)
})
