import { describe, expect, test } from 'vitest'
import type { ModelScenarioPlan, Scenario } from '../../../src/domain/scenario.ts'
import { anthropic } from '../../../src/scenarios/anthropic.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { json, type JsonOptions } from '../../../src/scenarios/json.ts'
import { llamacpp } from '../../../src/scenarios/llamacpp.ts'
import { ollama } from '../../../src/scenarios/ollama.ts'
import { openai } from '../../../src/scenarios/openai.ts'
import { tgi } from '../../../src/scenarios/tgi.ts'

const baseUrl = 'http://h:1'
const messages = [{ role: 'user', content: 'Hi' }]
/** What all of these APIs have. */
const COMMON = { baseUrl, maxTokens: 5, temperature: 0.5, topP: 0.9 } as const
const CHOICE = { stop: 'x', seed: 1 } as const

interface Sent {
  readonly url: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly stream: boolean
}

const planOf = (scenario: Scenario): ModelScenarioPlan => scenario.plan() as ModelScenarioPlan

function sent(scenario: Scenario): Sent {
  const { url, body, headers, stream } = planOf(scenario)
  return { url, body: body === null ? null : JSON.parse(body), headers, stream }
}

test.each<[string, Scenario, Partial<Omit<Sent, 'headers'>>]>([
  [
    'openai.chat with the length that vLLM can hold to',
    openai.chat({ ...COMMON, ...CHOICE, model: 'm', messages, minTokens: 5, ignoreEos: true }),
    {
      body: {
        model: 'm',
        messages,
        max_tokens: 5,
        min_tokens: 5,
        ignore_eos: true,
        temperature: 0.5,
        top_p: 0.9,
        stop: 'x',
        seed: 1,
        stream: true,
        stream_options: { include_usage: true },
      },
    },
  ],
  [
    'openai.responses',
    openai.responses({ ...COMMON, model: 'm', input: 'Hi', instructions: 'Be brief' }),
    {
      url: 'http://h:1/v1/responses',
      body: {
        model: 'm',
        input: 'Hi',
        instructions: 'Be brief',
        max_output_tokens: 5,
        temperature: 0.5,
        top_p: 0.9,
        stream: true,
      },
    },
  ],
  [
    'openai.embeddings',
    openai.embeddings({ baseUrl: 'http://h:1/v1', model: 'm', input: ['a', 'b'], dimensions: 8 }),
    { url: 'http://h:1/v1/embeddings', body: { model: 'm', input: ['a', 'b'], dimensions: 8 }, stream: false },
  ],
  [
    'tgi.generate, which asks for details',
    tgi.generate({ ...COMMON, ...CHOICE, prompt: 'Hi', extraBody: { parameters: { top_k: 3 } } }),
    {
      url: 'http://h:1/generate_stream',
      body: {
        inputs: 'Hi',
        parameters: { max_new_tokens: 5, temperature: 0.5, top_p: 0.9, stop: ['x'], seed: 1, details: true, top_k: 3 },
      },
    },
  ],
  [
    'tgi.generate without a stream',
    tgi.generate({ baseUrl, prompt: 'Hi', stream: false }),
    { url: 'http://h:1/generate', stream: false },
  ],
  [
    'llamacpp.completion',
    llamacpp.completion({ ...COMMON, ...CHOICE, prompt: 'Hi', ignoreEos: true, extraBody: { cache_prompt: false } }),
    {
      url: 'http://h:1/completion',
      body: {
        prompt: 'Hi',
        n_predict: 5,
        ignore_eos: true,
        temperature: 0.5,
        top_p: 0.9,
        stop: ['x'],
        seed: 1,
        stream: true,
        cache_prompt: false,
      },
    },
  ],
  [
    'ollama.chat, whose options are added to',
    ollama.chat({ ...COMMON, ...CHOICE, model: 'm', messages, extraBody: { think: false, options: { num_ctx: 99 } } }),
    {
      url: 'http://h:1/api/chat',
      body: {
        model: 'm',
        messages,
        stream: true,
        think: false,
        options: { num_predict: 5, temperature: 0.5, top_p: 0.9, stop: ['x'], seed: 1, num_ctx: 99 },
      },
    },
  ],
  [
    'anthropic.messages',
    anthropic.messages({ ...COMMON, model: 'm', messages, system: 'Be brief', stop: ['x'] }),
    {
      url: 'http://h:1/v1/messages',
      body: {
        model: 'm',
        system: 'Be brief',
        messages,
        max_tokens: 5,
        temperature: 0.5,
        top_p: 0.9,
        stop_sequences: ['x'],
        stream: true,
      },
    },
  ],
])('%s sends what its API takes', (_name, scenario, request) => {
  expect(sent(scenario)).toMatchObject({ stream: true, ...request })
  expect(sent(scenario).body).toEqual(request.body ?? sent(scenario).body)
})

test.each<[string, Scenario, Readonly<Record<string, string>>]>([
  ['tgi.generate', tgi.generate({ baseUrl, prompt: 'x', apiKey: 'k' }), { authorization: 'Bearer k' }],
  ['ollama.chat', ollama.chat({ baseUrl, model: 'm', messages }), { accept: 'application/x-ndjson' }],
  [
    'anthropic.messages',
    anthropic.messages({ baseUrl, model: 'm', messages, maxTokens: 1, apiKey: 'k' }),
    { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
  ],
  [
    'anthropic.messages of another version',
    anthropic.messages({ baseUrl, model: 'm', messages, maxTokens: 1, headers: { 'Anthropic-Version': '2' } }),
    { 'anthropic-version': '2' },
  ],
])('%s sends the headers of its API', (_name, scenario, headers) => {
  expect(sent(scenario).headers).toMatchObject(headers)
})

test.each([
  ['http://h/api', 'http://h/api/chat'],
  ['http://h', 'http://h/api/chat'],
  ['http://h/proxy/api/chat', 'http://h/proxy/api/chat'],
])('a base of %s already holds part of the path', (base, url) => {
  expect(planOf(ollama.chat({ baseUrl: base, model: 'm', messages })).url).toBe(url)
})

test('prompts and lengths come from the data, whatever the API', async () => {
  const data = [{ prompt: 'Hello "you"', n: 7 }]
  const maxTokens = '{{n}}'
  const bodyOf = async (scenario: Scenario): Promise<unknown> =>
    JSON.parse(String((await compileScenario(planOf(scenario))).prepare(0).body))
  expect(await bodyOf(tgi.generate({ baseUrl, data, maxTokens }))).toMatchObject({
    inputs: 'Hello "you"',
    parameters: { max_new_tokens: 7 },
  })
  expect(await bodyOf(llamacpp.completion({ baseUrl, data, maxTokens }))).toMatchObject({
    prompt: 'Hello "you"',
    n_predict: 7,
  })
  const asked = { messages: [{ role: 'user', content: 'Hello "you"' }] }
  expect(await bodyOf(ollama.chat({ baseUrl, model: 'm', data, maxTokens }))).toMatchObject({
    ...asked,
    options: { num_predict: 7 },
  })
  expect(await bodyOf(anthropic.messages({ baseUrl, model: 'm', data, maxTokens }))).toMatchObject({
    ...asked,
    max_tokens: 7,
  })
  expect(await bodyOf(openai.responses({ baseUrl, model: 'm', data, maxTokens }))).toMatchObject({
    input: 'Hello "you"',
    max_output_tokens: 7,
  })
  expect(await bodyOf(openai.embeddings({ baseUrl, model: 'm', data: { input: [['a', 'b']] } }))).toMatchObject({
    input: ['a', 'b'],
  })
})

test('json() sends its body with what the row holds, and reads as told', async () => {
  const scenario = json({
    baseUrl: 'http://h:1',
    url: '/v1/generate',
    body: { model_id: '{{model}}', inputs: '{{prompt}}', scenario: 'qa', parameters: { max_new_tokens: '{{n}}' } },
    data: [{ model: 'qwen2', prompt: 'Hi', n: 64 }],
    read: { text: 'text', stages: { queue: { path: 't.q', unit: 'ns' } }, error: 'error' },
  })
  const plan = planOf(scenario)
  expect(plan).toMatchObject({
    name: 'POST /v1/generate',
    url: 'http://h:1/v1/generate',
    stream: false,
    allowEmpty: false,
    read: { text: 'text', stages: { queue: { path: 't.q', unitUs: 1e-3 } }, error: { path: 'error' } },
  })
  expect(JSON.parse(String((await compileScenario(plan)).prepare(0).body))).toEqual({
    model_id: 'qwen2',
    inputs: 'Hi',
    scenario: 'qa',
    parameters: { max_new_tokens: 64 },
  })
  expect(planOf(json({ url: 'http://h/health', read: { ok: 'up' } }))).toMatchObject({ method: 'GET', body: null })
})

describe('options that an API does not have are refused', () => {
  test.each<[string, () => unknown, string]>([
    [
      'minTokens of TGI',
      () => tgi.generate({ baseUrl, prompt: 'x', minTokens: 4 } as never),
      'tgi.generate(options): option minTokens: got 4, takes nothing: Text Generation Inference has no such field',
    ],
    [
      'ignoreEos of Ollama',
      () => ollama.chat({ baseUrl, model: 'm', messages, ignoreEos: true } as never),
      'ollama.chat(options): option ignoreEos: got true, takes nothing: Ollama has no such field',
    ],
    [
      'a seed of Anthropic',
      () => anthropic.messages({ baseUrl, model: 'm', messages, maxTokens: 1, seed: 1 } as never),
      "anthropic.messages(options): option seed: got 1, takes nothing: Anthropic's API has no such field",
    ],
    [
      'no maxTokens of Anthropic',
      () => anthropic.messages({ baseUrl, model: 'm', messages } as never),
      'anthropic.messages(options): option maxTokens: got undefined, takes a whole number from 1',
    ],
    [
      'minTokens over maxTokens',
      () => openai.chat({ baseUrl, model: 'm', messages, minTokens: 4, maxTokens: 3 }),
      'openai.chat(options): option minTokens: got 4, takes at most maxTokens, which is 3',
    ],
    [
      'a prompt of none',
      () => llamacpp.completion({ baseUrl }),
      'llamacpp.completion(options): option prompt: got undefined, takes a text; or data with a column prompt',
    ],
    [
      'a check of a finish reason that is no word',
      () => tgi.generate({ baseUrl, prompt: 'x', check: { finishReason: [] } }),
      'tgi.generate(options): option check.finishReason: got []',
    ],
  ])('%s', (_name, make, message) => expect(make).toThrow(message))

  test.each<[Partial<JsonOptions>, string]>([
    [{ read: { text: 'a..b' } }, "option read.text: got 'a..b', takes a dotted path such as 'data.text'"],
    [
      { read: { stages: { q: { path: 'a', unit: 'min' as 'ms' } } } },
      "option read.stages.q.unit: got 'min', takes 's', 'ms', 'us' or 'ns'",
    ],
    [{ read: { tokens: 'a' } as never }, "unknown option read.tokens: got 'a'"],
    [{ stream: 'chunked' as 'sse' }, "option stream: got 'chunked', takes 'sse' or 'ndjson'"],
  ])('json(%j)', (options, message) => {
    expect(() => json({ url: 'http://h/', ...options })).toThrow(`json(options): ${message}`)
  })
})
