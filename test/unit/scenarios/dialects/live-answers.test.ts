import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferenceServer } from '../../../../fixtures/inference-server/http/inference-server.ts'
import { PlantedEngine } from '../../../../fixtures/inference-server/planted/planted-engine.ts'
import type { PlantedOverride } from '../../../../fixtures/inference-server/planted/planted-settings.ts'
import { listen } from '../../../../fixtures/inference-server/process/listen.ts'
import { PreciseTimer } from '../../../../fixtures/inference-server/process/precise-timer.ts'
import { seededRandom } from '../../../../src/domain/random.ts'
import type { ModelScenarioPlan, Scenario } from '../../../../src/domain/scenario.ts'
import { anthropic } from '../../../../src/scenarios/anthropic.ts'
import { json } from '../../../../src/scenarios/json.ts'
import { llamacpp } from '../../../../src/scenarios/llamacpp.ts'
import { ollama } from '../../../../src/scenarios/ollama.ts'
import { openai } from '../../../../src/scenarios/openai.ts'
import { tgi } from '../../../../src/scenarios/tgi.ts'
import { observed, requestBench } from '../../../support/request-bench.ts'

const server = new InferenceServer()
const { newUser } = requestBench()
let baseUrl = ''

beforeAll(async () => {
  server.engine = new PlantedEngine(new PreciseTimer(), { ttftMs: 0, gapMs: 0 }, 16)
  baseUrl = await listen(server.http, 0)
})
afterAll(() => {
  server.http.close()
  server.http.closeAllConnections()
})

interface Wish {
  readonly maxTokens: number
  readonly stream?: boolean
  readonly planted?: PlantedOverride
}

const PROMPT = 'Explain the KV cache'
const messages = [{ role: 'user', content: PROMPT }]
const model = 'm'

/** Every API that generates, asked the same. `chat`: the server puts the prompt into a template, which has tokens too. */
const APIS: Readonly<Record<string, { readonly chat: boolean; readonly ask: (wish: Wish) => Scenario }>> = {
  'openai.chat': { chat: true, ask: (wish) => openai.chat({ ...shared(wish), model, messages }) },
  'openai.completion': { chat: false, ask: (wish) => openai.completion({ ...shared(wish), model, prompt: PROMPT }) },
  'openai.responses': { chat: true, ask: (wish) => openai.responses({ ...shared(wish), model, input: PROMPT }) },
  'tgi.generate': { chat: false, ask: (wish) => tgi.generate({ ...shared(wish), prompt: PROMPT }) },
  'llamacpp.completion': { chat: false, ask: (wish) => llamacpp.completion({ ...shared(wish), prompt: PROMPT }) },
  'ollama.chat': { chat: true, ask: (wish) => ollama.chat({ ...shared(wish), model, messages }) },
  'anthropic.messages': { chat: true, ask: (wish) => anthropic.messages({ ...shared(wish), model, messages }) },
}
const NAMES = Object.keys(APIS)

function shared({ maxTokens, stream = true, planted = {} }: Wish): {
  readonly baseUrl: string
  readonly maxTokens: number
  readonly stream: boolean
  readonly extraBody: Readonly<Record<string, unknown>>
} {
  return { baseUrl, maxTokens, stream, extraBody: { planted } }
}

const planOf = (scenario: Scenario): ModelScenarioPlan => scenario.plan() as ModelScenarioPlan
const tokensOf = (text: string): number => server.engine!.tokenize(text).length
const promptTokens = (chat: boolean): number =>
  tokensOf(chat ? `<|im_start|>user\n${PROMPT}<|im_end|>\n<|im_start|>assistant\n` : PROMPT)

describe.each(Object.entries(APIS))('%s against a live server', (_name, { chat, ask }) => {
  const counts = { outputTokens: 7, tokenSource: 'usage', failure: null }

  test('reads a stream, also one that is written in an unusual way', async () => {
    const unusual = { crlf: true, comments: true, multiline: true, splitBytes: 3 }
    for (const planted of [{}, unusual, { tokensPerChunk: 3 }]) {
      const observation = await observed(newUser(), planOf(ask({ maxTokens: 7, planted })))
      expect(observation).toMatchObject({
        ...counts,
        inputTokens: promptTokens(chat),
        deltas: 'tokensPerChunk' in planted ? 3 : 7,
      })
    }
  })

  test('reads a whole answer, which has no times of deltas', async () => {
    const observation = await observed(newUser(), planOf(ask({ maxTokens: 7, stream: false })))
    // TGI tells its prompt's tokens in the head of a whole answer.
    expect(observation).toMatchObject({ ...counts, inputTokens: promptTokens(chat), deltas: 0, firstDeltaAt: null })
  })

  test.each([
    ['mid-stream-error', { kind: 'http', detail: 'stream_error' }],
    [
      'malformed',
      { kind: 'protocol', detail: 'malformed_event', message: expect.stringContaining('"delta":{"content":"') },
    ],
    ['reset', { kind: 'connection' }],
    ['status', { kind: 'http', detail: '503' }],
  ] as const)('tells of %s', async (kind, failure) => {
    const error = { kind, status: 503, afterChunks: 2 }
    const observation = await observed(newUser(), planOf(ask({ maxTokens: 7, planted: { error } })))
    expect(observation.failure).toMatchObject(failure)
  })
})

test('tokens are those that the server tells, for 1,000 planted answers', async () => {
  const random = seededRandom(4)
  const user = newUser()
  const whole = (most: number): number => 1 + Math.floor(random() * most)
  const answers = Array.from({ length: 1000 }, (_, i) => ({
    api: NAMES[i % NAMES.length]!,
    maxTokens: whole(40),
    stream: whole(4) > 1,
    tokensPerChunk: whole(4),
  }))
  const wrong = []
  for (let at = 0; at < answers.length; at += 20) {
    const read = answers.slice(at, at + 20).map(async ({ api, maxTokens, stream, tokensPerChunk }) => {
      const plan = planOf(APIS[api]!.ask({ maxTokens, stream, planted: { tokensPerChunk } }))
      const { inputTokens, outputTokens, tokenSource, failure } = await observed(user, plan)
      const right = inputTokens === promptTokens(APIS[api]!.chat) && outputTokens === maxTokens
      return right && tokenSource === 'usage' ? [] : [{ api, maxTokens, stream, outputTokens, inputTokens, failure }]
    })
    wrong.push(...(await Promise.all(read)).flat())
  }
  expect(wrong).toEqual([])
  expect(answers.reduce((sum, { maxTokens }) => sum + maxTokens, 0)).toBeGreaterThan(10_000)
}, 30_000)

test('stages come from what the answer tells', async () => {
  const stagesOf = async (scenario: Scenario): Promise<readonly string[]> =>
    [...(await observed(newUser(), planOf(scenario))).stages!.keys()].filter((stage) => stage !== 'connect').sort()
  expect(await stagesOf(APIS['llamacpp.completion']!.ask({ maxTokens: 3 }))).toEqual(['decode', 'prefill', 'queue'])
  expect(await stagesOf(APIS['ollama.chat']!.ask({ maxTokens: 3 }))).toEqual(['decode', 'load', 'prefill', 'queue'])
  expect(await stagesOf(APIS['tgi.generate']!.ask({ maxTokens: 3, stream: false }))).toEqual([
    'decode',
    'inference',
    'prefill',
    'queue',
    'validation',
  ])
})

test('embeddings have input tokens and no output tokens', async () => {
  const scenario = openai.embeddings({ baseUrl, model, input: [PROMPT, 'x'] })
  expect(await observed(newUser(), planOf(scenario))).toMatchObject({
    inputTokens: tokensOf(PROMPT) + tokensOf('x'),
    outputTokens: null,
    tokenSource: null,
    failure: null,
  })
})

test('json() reads an API that it is told of', async () => {
  const options = {
    baseUrl,
    url: '/generate',
    body: { inputs: PROMPT, parameters: { max_new_tokens: 5, details: true } },
  }
  const read = { text: 'generated_text', outputTokens: 'details.generated_tokens' }
  expect(await observed(newUser(), planOf(json({ ...options, read })))).toMatchObject({
    outputTokens: 5,
    failure: null,
  })
  const wrong = { ...read, outputTokens: 'details.tokens_out' }
  expect((await observed(newUser(), planOf(json({ ...options, read: wrong })))).failure).toMatchObject({
    kind: 'protocol',
    detail: 'read.outputTokens',
  })
})

test('an answer that was cut off is a failed check where one asks', async () => {
  const cut = tgi.generate({ baseUrl, prompt: PROMPT, maxTokens: 5, check: { finishReason: 'eos_token' } })
  expect((await observed(newUser(), planOf(cut))).failure).toMatchObject({ kind: 'check', detail: 'finishReason' })
  const short = openai.chat({
    ...shared({ maxTokens: 9, planted: { chunks: 4 } }),
    model,
    messages,
    check: { finishReason: 'stop', minTokens: 5 },
  })
  expect((await observed(newUser(), planOf(short))).failure).toMatchObject({ kind: 'check', detail: 'minTokens' })
})
