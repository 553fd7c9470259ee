import { expect, test } from 'vitest'
import { llamacpp } from '../../../../src/scenarios/llamacpp.ts'
import { event } from '../read-answer.ts'
import { type Golden, JSON_TYPE, SSE, readEveryWay } from './golden-answer.ts'

const scenario = llamacpp.completion({ baseUrl: 'http://127.0.0.1:1', prompt: 'x' })
const piece = (content: string, predicted: number): string =>
  event({ index: 0, content, tokens: [7], stop: false, id_slot: 0, tokens_predicted: predicted, tokens_evaluated: 8 })
const END = {
  index: 0,
  content: '',
  tokens: [],
  id_slot: 0,
  stop: true,
  model: 'm.gguf',
  tokens_predicted: 3,
  tokens_evaluated: 8,
  generation_settings: { n_predict: 3, seed: 4294967295 },
  prompt: '<s> x',
  has_new_line: false,
  truncated: false,
  stop_type: 'limit',
  stopping_word: '',
  tokens_cached: 10,
  timings: { prompt_n: 8, prompt_ms: 54.129, predicted_n: 3, predicted_ms: 112.5 },
}

test.each<Golden>([
  {
    name: 'a stream with timings as stages',
    scenario,
    type: SSE,
    bytes: `${piece('Once', 1)}${piece(' upön', 2)}${piece(' "a"', 3)}${event(END)}`,
    result: {
      visible: 'Once upön "a"',
      deltas: 3,
      inputTokens: 8,
      outputTokens: 3,
      tokenSource: 'usage',
      stages: { prefill: 54_129, decode: 112_500 },
      failure: null,
    },
  },
  {
    name: 'progress of the prompt as no delta',
    scenario,
    type: SSE,
    bytes: `${event({ index: 0, content: '', stop: false, prompt_progress: { total: 8, cache: 0, processed: 4, time_ms: 3 } })}${piece('a', 1)}${event(END)}`,
    result: { visible: 'a', deltas: 1, failure: null },
  },
  {
    name: 'an error line',
    scenario,
    type: SSE,
    bytes: `${piece('a', 1)}error: {"code":500,"message":"context is full","type":"server_error"}\n\n`,
    result: {
      failure: {
        kind: 'http',
        detail: 'stream_error',
        message: 'the server answered 200, then an error: context is full',
      },
    },
  },
  {
    name: 'an early end',
    scenario,
    type: SSE,
    bytes: piece('a', 1),
    result: {
      failure: {
        kind: 'protocol',
        detail: 'ended_early',
        message: "the stream ended early: no event with 'stop': true after 1 deltas",
      },
    },
  },
  {
    name: 'a whole answer',
    scenario: llamacpp.completion({ baseUrl: 'http://h', prompt: 'x', stream: false }),
    type: JSON_TYPE,
    bytes: JSON.stringify({ ...END, content: 'Once upon', timings: undefined }),
    result: { visible: 'Once upon', deltas: 0, inputTokens: 8, outputTokens: 3, failure: null },
  },
  {
    name: 'an older whole answer that reached its limit, which a check refuses',
    scenario: llamacpp.completion({
      baseUrl: 'http://h',
      prompt: 'x',
      stream: false,
      check: { finishReason: ['eos', 'word'] },
    }),
    type: JSON_TYPE,
    bytes: JSON.stringify({ content: 'a', stop: true, stopped_eos: false, stopped_limit: true, stopped_word: false }),
    result: {
      failure: { kind: 'check', message: "the finish reason is 'limit', the check wants 'eos' or 'word'" },
    },
  },
])('llamacpp.completion reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
