import { describe, expect, test } from 'vitest'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { type ChatOptions, openai } from '../../../src/scenarios/openai.ts'
import type { ModelScenarioPlan } from '../../../src/domain/scenario.ts'
import { delta, event } from './read-answer.ts'

const BASE = { baseUrl: 'http://127.0.0.1:8000', model: 'qwen' } as const
const MESSAGES = [{ role: 'user', content: 'Hello' }]
const chat = (options: Partial<ChatOptions> = {}): ModelScenarioPlan =>
  openai.chat({ ...BASE, messages: MESSAGES, ...options }).plan() as ModelScenarioPlan
const bodyOf = (plan: ModelScenarioPlan): unknown => JSON.parse(plan.body!)

describe('a chat scenario', () => {
  test('streams and asks for usage by default', () => {
    const plan = chat()
    expect(plan).toMatchObject({
      kind: 'model',
      dialect: 'openai.chat',
      stream: true,
      allowEmpty: false,
      name: 'chat qwen',
      method: 'POST',
      templated: false,
    })
    expect(plan.headers).toMatchObject({ accept: 'text/event-stream', 'content-type': 'application/json' })
    expect(plan.headers).not.toHaveProperty('authorization')
    expect(bodyOf(plan)).toEqual({
      model: 'qwen',
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  test('sends every option under the name of the API', () => {
    const plan = chat({
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      stop: ['x'],
      seed: 1,
      stream: false,
      apiKey: 'k',
      extraBody: { max_tokens: 6, tools: [] },
      headers: { 'X-A': 'b' },
    })
    expect(bodyOf(plan)).toEqual({
      model: 'qwen',
      messages: MESSAGES,
      max_tokens: 6,
      temperature: 0,
      top_p: 0.5,
      stop: ['x'],
      seed: 1,
      stream: false,
      tools: [],
    })
    expect(plan.headers).toMatchObject({ authorization: 'Bearer k', accept: 'application/json', 'x-a': 'b' })
  })

  test.each([
    ['http://h:1', 'http://h:1/v1/chat/completions'],
    ['http://h:1/', 'http://h:1/v1/chat/completions'],
    ['http://h:1/v1', 'http://h:1/v1/chat/completions'],
    ['http://h:1/v1//', 'http://h:1/v1/chat/completions'],
    ['https://h/openai/v1', 'https://h/openai/v1/chat/completions'],
    ['https://h/api/v1beta', 'https://h/api/v1beta/chat/completions'],
    ['https://h/proxy', 'https://h/proxy/v1/chat/completions'],
    ['http://h/v1/chat/completions', 'http://h/v1/chat/completions'],
  ])('at %s goes to %s', (baseUrl, url) => {
    expect(chat({ baseUrl }).url).toBe(url)
    expect(chat({ baseUrl: { url: baseUrl } }).url).toBe(url)
  })

  test('takes its prompt from data: messages where there are some, else prompt', async () => {
    const rendered = async (data: NonNullable<ChatOptions['data']>): Promise<unknown> =>
      JSON.parse(
        String(
          (
            await compileScenario(openai.chat({ ...BASE, data, maxTokens: '{{n}}' }).plan() as ModelScenarioPlan)
          ).prepare(1).body,
        ),
      )
    expect(await rendered({ prompt: ['a', 'b "quoted"\n'], n: [1, 2] })).toMatchObject({
      messages: [{ role: 'user', content: 'b "quoted"\n' }],
      max_tokens: 2,
    })
    expect(
      await rendered([
        { messages: [], n: 1 },
        { messages: MESSAGES, n: 2 },
      ]),
    ).toMatchObject({ messages: MESSAGES })
  })

  test('counts tokens with the real tokenizer when the server does not, special tokens included', async () => {
    const reader = (await compileScenario(chat())).reader({ delta: () => {} })
    reader.head(200, { 'content-type': 'text/event-stream' })
    reader.data(Buffer.from(event(delta({ content: 'Hello world <|endoftext|>' })) + event('[DONE]')), 1)
    const result = reader.end({})
    expect(result).toMatchObject({ failure: null, tokenSource: 'estimated' })
    expect(result.outputTokens).toBeGreaterThan(5)
    expect(result.outputTokens).toBeLessThan(15)
  })
})

describe('a completion scenario', () => {
  test('goes to /v1/completions with its prompt', () => {
    const plan = openai.completion({ ...BASE, prompt: 'Once' }).plan() as ModelScenarioPlan
    expect(plan).toMatchObject({
      url: 'http://127.0.0.1:8000/v1/completions',
      dialect: 'openai.completion',
      name: 'completion qwen',
    })
    expect(bodyOf(plan)).toMatchObject({ prompt: 'Once', stream: true })
  })
})

describe('wrong options of a model scenario', () => {
  test('a base address that is not set fails the plan, not the declaration', () => {
    const scenario = openai.chat({ ...BASE, baseUrl: undefined, messages: MESSAGES })
    expect(() => scenario.plan()).toThrow(
      /openai\.chat\(options\): option baseUrl: got undefined, takes a URL.*\n.*environment variable that is not set/,
    )
  })

  test.each<[object, string]>([
    [{ model: undefined }, 'option model: got undefined, takes a text'],
    [{ messages: undefined }, 'option messages: got undefined, takes a list of messages'],
    [{ messages: 'hi' }, "option messages: got 'hi', takes a list of messages"],
    [{ messages: [] }, 'option messages: got [], takes at least one message'],
    [{ messages: [{ content: 'x' }] }, 'option messages[0].role: got undefined, takes a text'],
    [
      { messages: [{ role: 'user', content: () => 'x' }] },
      'option messages[0].content: got a function, takes JSON data',
    ],
    [{ maxTokens: 0 }, 'option maxTokens: got 0, takes a whole number from 1, or a template'],
    [{ temperature: -1 }, 'option temperature: got -1, takes a number from 0'],
    [{ topP: 2 }, 'option topP: got 2, takes a number from 0 to 1'],
    [{ stream: 'no' }, "option stream: got 'no', takes true or false"],
    [
      { extraBody: { stream: false } },
      'option extraBody.stream: got false, takes fields without an option of their own: use stream',
    ],
    [{ max_tokens: 5 }, 'unknown option max_tokens: got 5'],
    [{ prompt: 'x' }, "unknown option prompt: got 'x'"],
  ])('%j', (options, message) => {
    expect(() => openai.chat({ ...BASE, messages: MESSAGES, ...options })).toThrow(`openai.chat(options): ${message}`)
  })

  test('a key that cannot be a header is refused without showing it', () => {
    expect(() => chat({ apiKey: 'sk-secret\n' })).toThrow("option apiKey: got '[redacted]', takes a text of one line")
  })
})
