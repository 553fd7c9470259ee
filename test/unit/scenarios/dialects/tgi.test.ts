import { expect, test } from 'vitest'
import { tgi } from '../../../../src/scenarios/tgi.ts'
import { event } from '../read-answer.ts'
import { type Golden, JSON_TYPE, SSE, readEveryWay } from './golden-answer.ts'

const scenario = tgi.generate({ baseUrl: 'http://127.0.0.1:1', prompt: 'x' })
const whole = tgi.generate({ baseUrl: 'http://127.0.0.1:1', prompt: 'x', stream: false })
const token = (index: number, text: string, fields: object = {}): string =>
  `data:${JSON.stringify({
    index,
    token: { id: 100 + index, text, logprob: -0.28125 - index, special: false },
    generated_text: null,
    details: null,
    ...fields,
  })}\n\n`
const END = { finish_reason: 'length', generated_tokens: 3, seed: null, input_length: 6 }
const ANSWER = { finish_reason: 'eos_token', generated_tokens: 3, seed: null, prefill: [], tokens: [] }

test.each<Golden>([
  {
    name: 'a stream whose last token carries the details',
    scenario,
    type: SSE,
    bytes:
      token(1, ' Déep') +
      token(2, ' learn') +
      token(3, 'ing 😀', { generated_text: ' Déep learning 😀', details: END }),
    result: {
      visible: ' Déep learning 😀',
      deltas: 3,
      inputTokens: 6,
      outputTokens: 3,
      tokenSource: 'usage',
      failure: null,
    },
  },
  {
    name: 'a special token that ends it as no text',
    scenario,
    type: SSE,
    bytes:
      token(1, 'Hi') +
      token(2, '</s>', {
        token: { id: 2, text: '</s>', logprob: -0.1, special: true },
        generated_text: 'Hi',
        details: { ...END, finish_reason: 'eos_token', generated_tokens: 2 },
      }),
    result: { visible: 'Hi', deltas: 1, outputTokens: 2, failure: null },
  },
  {
    name: 'an error in the stream',
    scenario,
    type: SSE,
    bytes: token(1, 'Hi') + event({ error: 'Request failed during generation: CUDA', error_type: 'generation' }),
    result: {
      deltas: 1,
      failure: {
        kind: 'http',
        detail: 'stream_error',
        message: 'the server answered 200, then an error: Request failed during generation: CUDA',
      },
    },
  },
  {
    name: 'an early end',
    scenario,
    type: SSE,
    bytes: token(1, 'Hi') + token(2, ' you'),
    result: {
      failure: {
        kind: 'protocol',
        detail: 'ended_early',
        message: 'the stream ended early: no event with generated_text after 2 deltas',
      },
    },
  },
  {
    name: 'broken JSON',
    scenario,
    type: SSE,
    bytes: token(1, 'Hi') + 'data:{"index":2,"token":{"id":\n\n',
    result: {
      failure: {
        kind: 'protocol',
        detail: 'malformed_event',
        message: `not a JSON object: '{"index":2,"token":{"id":'`,
      },
    },
  },
  {
    name: 'a whole answer with details, and times in its head',
    scenario: whole,
    type: JSON_TYPE,
    headers: { 'x-prompt-tokens': '6', 'x-queue-time': '4', 'x-validation-time': '0', 'x-inference-time': '151' },
    bytes: JSON.stringify({ generated_text: ' Deep learning', details: ANSWER }),
    result: {
      visible: ' Deep learning',
      inputTokens: 6,
      outputTokens: 3,
      tokenSource: 'usage',
      stages: { queue: 4000, validation: 0, inference: 151_000 },
      failure: null,
    },
  },
  {
    name: 'a whole answer without details, whose tokens are counted here',
    scenario: whole,
    type: JSON_TYPE,
    bytes: JSON.stringify({ generated_text: 'two words' }),
    result: { inputTokens: null, outputTokens: 2, tokenSource: 'estimated', failure: null },
  },
  {
    name: 'fewer tokens than a check wants',
    scenario: tgi.generate({ baseUrl: 'http://h', prompt: 'x', stream: false, check: { minTokens: 4 } }),
    type: JSON_TYPE,
    bytes: JSON.stringify({ generated_text: 'a', details: ANSWER }),
    result: {
      failure: { kind: 'check', detail: 'minTokens', message: 'the answer has 3 tokens, the check wants at least 4' },
    },
  },
])('tgi.generate reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
