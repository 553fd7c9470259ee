import { expect, test } from 'vitest'
import { openai } from '../../../../src/scenarios/openai.ts'
import { type Golden, JSON_TYPE, readEveryWay } from './golden-answer.ts'

const scenario = openai.embeddings({ baseUrl: 'http://127.0.0.1:1', model: 'm', input: ['a', 'b'] })
const answer = (data: readonly object[]): string =>
  JSON.stringify({ object: 'list', data, model: 'm', usage: { prompt_tokens: 8, total_tokens: 8 } })
const vector = (embedding: unknown): object => ({ object: 'embedding', index: 0, embedding })

test.each<Golden>([
  {
    name: 'vectors, with input tokens and no output tokens',
    scenario,
    type: JSON_TYPE,
    bytes: answer([vector([0.0023, -0.0093]), vector([1e-5, 0])]),
    result: {
      deltas: 0,
      firstDeltaAt: null,
      inputTokens: 8,
      outputTokens: null,
      tokenSource: null,
      failure: null,
    },
  },
  {
    name: 'vectors in base64',
    scenario,
    type: JSON_TYPE,
    bytes: answer([vector('zczMPQ==')]),
    result: { inputTokens: 8, failure: null },
  },
  {
    name: 'an empty vector as a failure',
    scenario,
    type: JSON_TYPE,
    bytes: answer([vector([])]),
    result: { failure: { kind: 'check', detail: 'empty' } },
  },
  {
    name: 'checks of the body',
    scenario: openai.embeddings({
      baseUrl: 'http://h',
      model: 'm',
      input: 'x',
      check: { json: { 'data.0.index': 1 } },
    }),
    type: JSON_TYPE,
    bytes: answer([vector([1])]),
    result: { failure: { kind: 'check', detail: 'json data.0.index' } },
  },
  {
    name: 'half an answer',
    scenario,
    type: JSON_TYPE,
    bytes: answer([vector([1, 2])]).slice(0, 50),
    result: {
      failure: {
        kind: 'protocol',
        detail: 'malformed_json',
        message: `not a JSON object: '{"object":"list","data":[{"object":"embedding","in'`,
      },
    },
  },
])('openai.embeddings reads $name', (golden) => {
  expect(readEveryWay(golden)).toMatchObject(golden.result)
})
