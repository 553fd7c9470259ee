import { expect, test } from 'vitest'
import { openai } from '../../../../src/scenarios/openai.ts'
import { type Golden, JSON_TYPE, named, SSE, readEveryWay } from './golden-answer.ts'

const scenario = openai.responses({ baseUrl: 'http://127.0.0.1:1', model: 'm', input: 'x' })
const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1741290958, error: null, incomplete_details: null }
const USAGE = { input_tokens: 37, output_tokens: 11, output_tokens_details: { reasoning_tokens: 4 }, total_tokens: 48 }
const AT = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const BEGIN =
  named('response.created', { response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } }) +
  named('response.in_progress', { response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } })
const ITEM = named('response.output_item.added', {
  output_index: 0,
  item: { id: 'msg_1', type: 'message', content: [] },
})
const said = (delta: string): string => named('response.output_text.delta', { ...AT, delta })
const done = (status: string, fields: object = {}): string =>
  named(`response.${status}`, { response: { ...RESPONSE, status, output: [], usage: USAGE, ...fields } })

test.each<Golden>([
  {
    name: 'text',
    scenario,
    type: SSE,
    bytes: `${BEGIN}${ITEM}${said('Hi')}${said(' thére')}${said(' 😀')}${named('response.output_text.done', { ...AT, text: 'Hi thére 😀' })}${done('completed')}`,
    result: {
      visible: 'Hi thére 😀',
      deltas: 3,
      inputTokens: 37,
      outputTokens: 11,
      tokenSource: 'usage',
      failure: null,
    },
  },
  {
    name: 'reasoning, a call of a tool, then text',
    scenario,
    type: SSE,
    bytes: [
      BEGIN,
      named('response.reasoning_summary_text.delta', { ...AT, delta: 'Let me' }),
      named('response.reasoning_text.delta', { ...AT, delta: ' think' }),
      named('response.output_item.added', {
        output_index: 1,
        item: { type: 'function_call', name: 'get', arguments: '' },
      }),
      named('response.function_call_arguments.delta', { ...AT, delta: '{"a":' }),
      named('response.function_call_arguments.delta', { ...AT, delta: '1}' }),
      named('response.function_call_arguments.done', { ...AT, arguments: '{"a":1}' }),
      said('ok'),
      done('completed'),
    ].join(''),
    result: { visible: 'ok', deltas: 6, outputTokens: 11, failure: null },
  },
  {
    name: 'an answer cut off at its limit, which is data and no failure',
    scenario,
    type: SSE,
    bytes: BEGIN + said('Hi') + done('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
    result: { visible: 'Hi', outputTokens: 11, failure: null },
  },
  {
    name: 'the same with a check of the finish reason',
    scenario: openai.responses({ baseUrl: 'http://h', model: 'm', input: 'x', check: { finishReason: 'completed' } }),
    type: SSE,
    bytes: BEGIN + said('Hi') + done('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
    result: {
      failure: {
        kind: 'check',
        detail: 'finishReason',
        message: "the finish reason is 'max_output_tokens', the check wants 'completed'",
      },
    },
  },
  {
    name: 'a failed response',
    scenario,
    type: SSE,
    bytes: BEGIN + said('Hi') + done('failed', { error: { code: 'server_error', message: 'The model failed.' } }),
    result: {
      deltas: 1,
      failure: { kind: 'http', detail: 'stream_error', message: 'the server gave up generating: The model failed.' },
    },
  },
  {
    name: 'an error event',
    scenario,
    type: SSE,
    bytes: `${BEGIN}${named('error', { code: 'rate_limit', message: 'Slow down', param: null })}`,
    result: {
      failure: { kind: 'http', detail: 'stream_error', message: 'the server answered 200, then an error: Slow down' },
    },
  },
  {
    name: 'an early end inside an event',
    scenario,
    type: SSE,
    bytes: `${BEGIN}${said('Hi')}event: response.output_text.delta\ndata: {"type":"resp`,
    result: {
      failure: {
        kind: 'protocol',
        detail: 'ended_early',
        message: `the stream ended early: no response.completed after 1 deltas, then 'data: {"type":"resp'`,
      },
    },
  },
  {
    name: 'a whole answer',
    scenario: openai.responses({ baseUrl: 'http://h', model: 'm', input: 'x', stream: false }),
    type: JSON_TYPE,
    bytes: JSON.stringify({
      ...RESPONSE,
      status: 'completed',
      output: [
        {
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'hm' }],
          content: [{ type: 'reasoning_text', text: 'so' }],
        },
        { type: 'function_call', name: 'get', arguments: '{}' },
        { type: 'message', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
      ],
      usage: USAGE,
    }),
    result: { visible: 'Hello', deltas: 0, firstDeltaAt: null, inputTokens: 37, outputTokens: 11, failure: null },
  },
  {
    name: 'a whole answer that failed',
    scenario: openai.responses({ baseUrl: 'http://h', model: 'm', input: 'x', stream: false }),
    type: JSON_TYPE,
    bytes: JSON.stringify({
      ...RESPONSE,
      status: 'failed',
      error: { code: 'server_error', message: 'No' },
      output: [],
    }),
    result: { failure: { kind: 'http', detail: 'error_object' } },
  },
])('openai.responses reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
