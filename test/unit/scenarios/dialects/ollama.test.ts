import { expect, test } from 'vitest'
import { ollama } from '../../../../src/scenarios/ollama.ts'
import { type Golden, JSON_TYPE, line, NDJSON, readEveryWay } from './golden-answer.ts'

const OPTIONS = {
  baseUrl: 'http://127.0.0.1:1',
  model: 'llama3.2',
  messages: [{ role: 'user', content: 'x' }],
} as const
const scenario = ollama.chat(OPTIONS)
const HEAD = { model: 'llama3.2', created_at: '2023-08-04T08:52:19.385406455-07:00' }
const piece = (message: object): string => line({ ...HEAD, message: { role: 'assistant', ...message }, done: false })
const END = {
  ...HEAD,
  message: { role: 'assistant', content: '' },
  done_reason: 'stop',
  done: true,
  total_duration: 4883583458,
  load_duration: 1334875,
  prompt_eval_count: 26,
  prompt_eval_duration: 342546000,
  eval_count: 3,
  eval_duration: 4535599000,
}
const STAGES = { load: 1335, prefill: 342_546, decode: 4_535_599 }

test.each<Golden>([
  {
    name: 'a stream with durations as stages',
    scenario,
    type: NDJSON,
    bytes: piece({ content: 'The' }) + piece({ content: ' skÿ' }) + piece({ content: ' 😀\n' }) + line(END),
    result: {
      visible: 'The skÿ 😀\n',
      deltas: 3,
      inputTokens: 26,
      outputTokens: 3,
      tokenSource: 'usage',
      stages: STAGES,
      failure: null,
    },
  },
  {
    name: 'lines that end in CR LF, empty ones, and a last one without an end',
    scenario,
    type: NDJSON,
    bytes: `${piece({ content: 'a' }).replace('\n', '\r\n')}\r\n\n${line(END).trim()}`,
    result: { visible: 'a', deltas: 1, outputTokens: 3, failure: null },
  },
  {
    name: 'thinking and calls of tools as hidden',
    scenario,
    type: NDJSON,
    bytes:
      piece({ content: '', thinking: 'hm' }) +
      piece({ content: '', tool_calls: [{ function: { name: 'get', arguments: { city: 'Zürich' } } }] }) +
      line(END),
    result: { visible: '', deltas: 2, firstVisibleAt: null, outputTokens: 3, failure: null },
  },
  {
    name: 'a prompt that was in the cache, whose numbers are left out',
    scenario,
    type: NDJSON,
    bytes: piece({ content: 'a' }) + line({ ...END, prompt_eval_count: undefined, prompt_eval_duration: undefined }),
    result: { inputTokens: null, outputTokens: 3, stages: { load: STAGES.load, decode: STAGES.decode }, failure: null },
  },
  {
    name: 'a stream under the wrong content type',
    scenario,
    type: JSON_TYPE,
    bytes: piece({ content: 'a' }) + line(END),
    result: { visible: 'a', deltas: 1, failure: null },
  },
  {
    name: 'an error in the stream',
    scenario,
    type: NDJSON,
    bytes: piece({ content: 'a' }) + line({ error: 'an error was encountered while running the model' }),
    result: {
      failure: {
        kind: 'http',
        detail: 'stream_error',
        message: 'the server answered 200, then an error: an error was encountered while running the model',
      },
    },
  },
  {
    name: 'a line that is cut off',
    scenario,
    type: NDJSON,
    bytes: `${piece({ content: 'a' })}{"model":"llama3.2","crea`,
    result: {
      failure: {
        kind: 'protocol',
        detail: 'malformed_event',
        message: `not a JSON object: '{"model":"llama3.2","crea'`,
      },
    },
  },
  {
    name: 'an early end between lines',
    scenario,
    type: NDJSON,
    bytes: piece({ content: 'a' }),
    result: {
      failure: {
        kind: 'protocol',
        detail: 'ended_early',
        message: "the stream ended early: no line with 'done': true after 1 deltas",
      },
    },
  },
  {
    name: 'no line at all',
    scenario,
    type: NDJSON,
    bytes: '',
    result: { failure: { kind: 'protocol', detail: 'malformed_stream' } },
  },
  {
    name: 'a whole answer',
    scenario: ollama.chat({ ...OPTIONS, stream: false }),
    type: JSON_TYPE,
    bytes: JSON.stringify({ ...END, message: { role: 'assistant', content: 'Hello!' } }),
    result: { visible: 'Hello!', deltas: 0, inputTokens: 26, outputTokens: 3, stages: STAGES, failure: null },
  },
])('ollama.chat reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
