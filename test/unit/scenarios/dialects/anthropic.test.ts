import { expect, test } from 'vitest'
import { anthropic } from '../../../../src/scenarios/anthropic.ts'
import { type Golden, JSON_TYPE, named, SSE, readEveryWay } from './golden-answer.ts'

const OPTIONS = {
  baseUrl: 'http://127.0.0.1:1',
  model: 'claude',
  maxTokens: 9,
  messages: [{ role: 'user', content: 'x' }],
} as const
const scenario = anthropic.messages(OPTIONS)
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'claude', stop_reason: null }
const start = (usage: object): string => named('message_start', { message: { ...MESSAGE, usage } })
const START = start({ input_tokens: 25, output_tokens: 1 })
const PING = named('ping')
const block = (content_block: object): string => named('content_block_start', { index: 0, content_block })
const delta = (fields: object): string => named('content_block_delta', { index: 0, delta: fields })
const text = (content: string): string => delta({ type: 'text_delta', text: content })
const STOP = named('content_block_stop', { index: 0 })
const end = (stop_reason: string, output_tokens = 15): string =>
  named('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens } }) +
  named('message_stop')

test.each<Golden>([
  {
    name: 'text, with pings',
    scenario,
    type: SSE,
    bytes: `${START}${block({ type: 'text', text: '' })}${PING}${text('Hello')}${text(' wörld')}${PING}${text('! 😀')}${STOP}${end('end_turn')}`,
    result: {
      visible: 'Hello wörld! 😀',
      deltas: 3,
      inputTokens: 25,
      outputTokens: 15,
      tokenSource: 'usage',
      failure: null,
    },
  },
  {
    name: 'thinking, then a call of a tool',
    scenario,
    type: SSE,
    bytes: [
      START,
      block({ type: 'thinking', thinking: '' }),
      delta({ type: 'thinking_delta', thinking: 'I need' }),
      delta({ type: 'thinking_delta', thinking: ' the weather' }),
      delta({ type: 'signature_delta', signature: 'EqQBCgIYAhIM' }),
      STOP,
      block({ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }),
      delta({ type: 'input_json_delta', partial_json: '' }),
      delta({ type: 'input_json_delta', partial_json: '{"location":' }),
      delta({ type: 'input_json_delta', partial_json: ' "Paris"}' }),
      STOP,
      end('tool_use', 89),
    ].join(''),
    result: { visible: '', deltas: 5, firstVisibleAt: null, outputTokens: 89, failure: null },
  },
  {
    name: 'input tokens with those of the cache',
    scenario,
    type: SSE,
    bytes: `${start({ input_tokens: 5, cache_creation_input_tokens: 100, cache_read_input_tokens: 20, output_tokens: 1 })}${text('a')}${end('end_turn')}`,
    result: { inputTokens: 125, failure: null },
  },
  {
    name: 'an error event',
    scenario,
    type: SSE,
    bytes: `${START}${text('a')}${named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })}`,
    result: { deltas: 1, failure: { kind: 'http', message: 'the server answered 200, then an error: Overloaded' } },
  },
  {
    name: 'an early end, whose usage is not known',
    scenario,
    type: SSE,
    bytes: START + text('a') + STOP,
    result: {
      outputTokens: null,
      failure: {
        kind: 'protocol',
        detail: 'ended_early',
        message: 'the stream ended early: no message_stop after 1 deltas',
      },
    },
  },
  {
    name: 'an answer cut off at its limit, which a check refuses',
    scenario: anthropic.messages({ ...OPTIONS, check: { finishReason: 'end_turn' } }),
    type: SSE,
    bytes: START + text('a') + end('max_tokens'),
    result: { failure: { kind: 'check', message: "the finish reason is 'max_tokens', the check wants 'end_turn'" } },
  },
  {
    name: 'a whole answer',
    scenario: anthropic.messages({ ...OPTIONS, stream: false }),
    type: JSON_TYPE,
    bytes: JSON.stringify({
      ...MESSAGE,
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 't', name: 'get', input: { a: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 10, output_tokens: 20 },
    }),
    result: { visible: 'Hi', deltas: 0, inputTokens: 10, outputTokens: 20, failure: null },
  },
])('anthropic.messages reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
