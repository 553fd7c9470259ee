import { expect, test } from 'vitest'
import { json, type ReadOptions } from '../../../../src/scenarios/json.ts'
import { event } from '../read-answer.ts'
import { type Golden, JSON_TYPE, line, NDJSON, SSE, readEveryWay } from './golden-answer.ts'

const URL = 'http://127.0.0.1:1/generate'
const reads = (read: ReadOptions): Golden['scenario'] => json({ url: URL, body: {}, read })
/** As cLLM answers. */
const CLLM = {
  data: {
    id: 'eced',
    response_time: 0.4417261779308319,
    text: "! I'm going to be a stüdent",
    tokens_per_second: 45.27691650390625,
  },
  success: true,
}
const RATE: ReadOptions = {
  text: 'data.text',
  outputTokens: { perSecond: 'data.tokens_per_second', seconds: 'data.response_time' },
  stages: { generate: { path: 'data.response_time', unit: 's' } },
  ok: 'success',
}
const whole = (name: string, read: ReadOptions, answer: unknown, result: Golden['result']): Golden => ({
  name,
  scenario: reads(read),
  type: JSON_TYPE,
  bytes: typeof answer === 'string' ? answer : JSON.stringify(answer),
  result,
})
const protocol = (detail: string, message: string): Golden['result'] => ({
  outputTokens: null,
  failure: { kind: 'protocol', detail, message },
})

test.each<Golden>([
  whole('tokens from the rate and time that the server tells', RATE, CLLM, {
    visible: "! I'm going to be a stüdent",
    outputTokens: 20,
    tokenSource: 'usage',
    stages: { generate: 441_726 },
    failure: null,
  }),
  whole(
    'counts, list positions and stages',
    {
      text: 'outputs.0.text',
      inputTokens: 'usage.in',
      outputTokens: 'usage.out',
      finishReason: 'why',
      stages: { queue: { path: 't.queue', unit: 'ms' }, decode: { path: 't.decode', unit: 'ns' } },
    },
    { outputs: [{ text: 'a b' }], usage: { in: 3, out: 0 }, why: 'length', t: { queue: 1.5, decode: 2e6 } },
    { inputTokens: 3, outputTokens: 0, stages: { queue: 1500, decode: 2000 }, failure: null },
  ),
  whole(
    'text whose tokens are counted here',
    { text: 'text' },
    { text: 'two words' },
    {
      outputTokens: 2,
      tokenSource: 'estimated',
      failure: null,
    },
  ),
  whole('an answer without text', {}, { audio: 'UklGRg==' }, { outputTokens: null, tokenSource: null, failure: null }),
  whole(
    'a number that is not there as a failure',
    { outputTokens: 'data.usage.n' },
    { data: { text: 'x' } },
    protocol('read.outputTokens', `the answer has no whole number of tokens at data.usage.n: '{"data":{"text":"x"}}'`),
  ),
  whole(
    'a number that is none',
    { inputTokens: 'n' },
    { n: '12' },
    protocol('read.inputTokens', "the answer has no whole number of tokens at n, which is '12'"),
  ),
  whole(
    'a rate without its time',
    { outputTokens: { perSecond: 'r', seconds: 's' } },
    { r: 4 },
    protocol('read.outputTokens', 'the answer has no two numbers at r and s, which is 4 and null'),
  ),
  whole(
    'a stage that is not there',
    { stages: { queue: { path: 't.q', unit: 'ms' } } },
    { t: {} },
    protocol('read.stages.queue', `the answer has no duration at t.q: '{"t":{}}'`),
  ),
  whole(
    'text that is not there',
    { text: 'a.b' },
    { a: 1 },
    protocol('read.text', `the answer has no text at a.b: '{"a":1}'`),
  ),
  whole('an empty text as an empty answer', { text: 'a' }, { a: '' }, { failure: { kind: 'check', detail: 'empty' } }),
  whole(
    'success that is false, with the words of the server',
    RATE,
    { success: false, error: 'model not loaded' },
    {
      failure: {
        kind: 'http',
        detail: 'success',
        message: 'the server answered well, then said success: model not loaded',
      },
    },
  ),
  whole(
    'success that is not there',
    { ok: 'success' },
    { data: 1 },
    protocol('read.ok', `the answer has no true at success: '{"data":1}'`),
  ),
  whole(
    'an error at a path',
    { error: 'err.msg' },
    { err: { msg: 'boom' } },
    {
      failure: { kind: 'http', detail: 'err.msg', message: 'the server answered well, then said err.msg: boom' },
    },
  ),
  whole('no error at that path', { error: 'err.msg' }, { err: null }, { failure: null }),
  whole('a code that means no error', { error: { path: 'code', unless: 0 } }, { code: 0 }, { failure: null }),
  whole(
    'a code that means one',
    { error: { path: 'code', unless: 0 } },
    { code: 7, message: 'busy' },
    {
      failure: { kind: 'http', detail: 'code', message: 'the server answered well, then said code: busy' },
    },
  ),
  whole(
    'a code that is not there',
    { error: { path: 'code', unless: 0 } },
    {},
    protocol('read.error', "the answer has no value at code: '{}'"),
  ),
  whole(
    'an error object that nobody asked for',
    {},
    { error: { message: 'boom' } },
    { failure: { kind: 'http', detail: 'error_object' } },
  ),
  whole('what is no JSON', RATE, 'RIFF\u0000', protocol('malformed_json', "not a JSON object: 'RIFF\u0000'")),
  {
    name: 'a stream of events',
    scenario: json({ url: URL, body: {}, stream: 'sse', read: { text: 'd.t', outputTokens: 'd.n', done: 'fin' } }),
    type: SSE,
    bytes: event({ d: { t: 'a' } }) + event({ d: { t: ' é' } }) + event({ d: { n: 2 }, fin: true }),
    result: { visible: 'a é', deltas: 2, outputTokens: 2, failure: null },
  },
  {
    name: 'a stream of lines that the body ends',
    scenario: json({ url: URL, body: {}, stream: 'ndjson', read: { text: 't' } }),
    type: NDJSON,
    bytes: line({ t: 'a' }) + line({ t: ' b' }),
    result: { visible: 'a b', deltas: 2, outputTokens: 2, tokenSource: 'estimated', failure: null },
  },
  {
    name: 'a stream that never tells its tokens',
    scenario: json({ url: URL, body: {}, stream: 'ndjson', read: { text: 't', outputTokens: 'n' } }),
    type: NDJSON,
    bytes: line({ t: 'a' }),
    result: protocol('read.outputTokens', 'the answer has no whole number of tokens at n in any chunk'),
  },
  {
    name: 'a stream without its end',
    scenario: json({ url: URL, body: {}, stream: 'sse', read: { text: 't', done: 'fin' } }),
    type: SSE,
    bytes: event({ t: 'a', fin: false }),
    result: protocol('ended_early', 'the stream ended early: no true at fin after 1 deltas'),
  },
  {
    name: 'an error in a stream',
    scenario: json({ url: URL, body: {}, stream: 'sse', read: { text: 't', error: 'e' } }),
    type: SSE,
    bytes: event({ t: 'a' }) + event({ e: 'boom' }) + event({ t: 'b' }),
    result: { deltas: 1, failure: { kind: 'http', detail: 'e' } },
  },
  {
    name: 'a check of the body',
    scenario: json({ url: URL, body: {}, read: { text: 't' }, check: { json: { kind: 'x' } } }),
    type: JSON_TYPE,
    bytes: JSON.stringify({ t: 'a', kind: 'y' }),
    result: { failure: { kind: 'check', detail: 'json kind' } },
  },
])('json reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
