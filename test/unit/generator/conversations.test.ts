import type { RequestListener, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { choice, conversation, type ConversationOptions } from '../../../src/scenarios/index.ts'
import { exchangeOnce } from '../../../src/generator/exchange-once.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { nowUs } from '../../support/generator-fork.ts'
import { loadPlan, SECOND } from '../../support/load-plan.ts'
import { sessionBench, sessionLoad } from '../../support/session-load.ts'

const { serve, module } = sessionBench()

interface Asked {
  readonly messages: readonly {
    readonly role: string
    readonly content: string | null
    readonly tool_calls?: unknown
  }[]
  readonly max_tokens?: number
}

/** Calls back with each request's JSON body, which is kept. */
function asking(seen: Asked[], answer: (asked: Asked, response: ServerResponse) => void): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const asked = JSON.parse(String(Buffer.concat(chunks))) as Asked
        seen.push(asked)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        answer(asked, response)
      })
  }
}

/** A server that answers with the number of messages it was sent, and had all but the last in its cache. */
async function counting(seen: Asked[]): Promise<string> {
  return serve(
    asking(seen, (asked, response) => {
      const n = asked.messages.length
      const usage = {
        prompt_tokens: n * 10,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: (n - 1) * 10 },
      }
      for (const data of [
        { choices: [{ delta: { content: `answer ${n}` }, finish_reason: 'stop' }] },
        { choices: [], usage },
      ])
        response.write(`data: ${JSON.stringify(data)}\n\n`)
      response.end('data: [DONE]\n\n')
    }),
  )
}

const times = (iterations: number): LoadPlan['profile'] => ({
  executor: 'shared-iterations',
  users: 2,
  iterations,
  thinkTime: null,
  maxDurationUs: 10 * SECOND,
})
const base = (url: string): Omit<ConversationOptions, 'turns'> => ({ baseUrl: url, model: 'm' })

test('a conversation sends all that was said before, and each turn is counted by itself', async () => {
  const seen: Asked[] = []
  const url = await counting(seen)
  const data = [
    { turns: ['a1', 'a2', 'a3'], class: 'long', system: 'be brief' },
    { turns: ['b1'], class: 'short' },
  ]
  const scenario = conversation({ ...base(url), data, maxTokens: choice([5, 6, 7]) }).plan()
  const { run, scenarioErrors } = await sessionLoad(loadPlan(times(10), { scenario }))
  expect(scenarioErrors).toEqual([])
  expect(run.series.outcomes).toMatchObject({ attempted: 10, good: 10 })
  expect(['turn 1', 'turn 2', 'turn 3'].map((name) => run.scenario(name).series.outcomes.good)).toEqual([10, 5, 5])
  expect(run.scenario('turn 3').counter('cachedTokens')).toMatchObject({ n: 5 })
  expect(run.scenario('turn 3').series.distributions.ttft!.n).toBe(5)
  expect(run.promptClass('long').series.outcomes.good).toBe(15)
  expect(run.promptClass('short').series.outcomes.good).toBe(5)
  const third = seen.filter(({ messages }) => messages.length === 6)
  expect(third).toHaveLength(5)
  expect(third[0]!.messages).toEqual([
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'a1' },
    { role: 'assistant', content: 'answer 2' },
    { role: 'user', content: 'a2' },
    { role: 'assistant', content: 'answer 4' },
    { role: 'user', content: 'a3' },
  ])
  expect(third.every(({ max_tokens: tokens }) => tokens !== undefined && tokens >= 5 && tokens <= 7)).toBe(true)
}, 20_000)

test('its user thinks between turns, and once() holds it whole', async () => {
  const seen: Asked[] = []
  const url = await counting(seen)
  const scenario = conversation({
    ...base(url),
    turns: ['1', '2', '3'],
    thinkTime: ['40ms', '50ms'],
    maxTurns: 2,
  }).plan()
  const { run } = await sessionLoad(loadPlan(times(2), { scenario }))
  expect(run.series.distributions.latency!.min).toBeGreaterThanOrEqual(40_000)
  expect(seen).toHaveLength(4)
  const exchange = await exchangeOnce(scenario, nowUs)
  expect(JSON.parse(exchange.request.body!)).toMatchObject({ messages: [{ content: '1' }, {}, { content: '2' }] })
}, 20_000)

test('an agent calls its tools and goes on with what they say', async () => {
  const seen: Asked[] = []
  const url = await serve(
    asking(seen, (asked, response) => {
      const part = (index: number, call: object): object => ({
        choices: [{ delta: { tool_calls: [{ index, ...call }] } }],
      })
      const deltas =
        asked.messages.length > 1
          ? [{ choices: [{ delta: { content: 'It rains.' }, finish_reason: 'stop' }] }]
          : [
              part(0, { id: 'call_1', function: { name: 'weather', arguments: '' } }),
              part(0, { function: { arguments: '{"city":' } }),
              part(1, { id: 'call_2', function: { name: 'time', arguments: '{}' } }),
              part(0, { function: { arguments: '"Bonn"}' } }),
              { choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
            ]
      for (const delta of deltas) response.write(`data: ${JSON.stringify(delta)}\n\n`)
      response.end('data: [DONE]\n\n')
    }),
  )
  const agent = module(
    'agent',
    `export default async ({ openai, params, check, step }) => {
      const messages = [{ role: 'user', content: 'What is the weather in Bonn?' }]
      for (let round = 1; round <= 5; round++) {
        const answer = await openai.chat({ ...params, name: 'round ' + round, messages })
        if (answer.toolCalls.length === 0) return check(answer.content === 'It rains.', 'the agent answers')
        messages.push(answer.message)
        for (const call of answer.toolCalls) {
          const content = await step('tool ' + call.name, () => JSON.stringify({ given: JSON.parse(call.arguments) }))
          messages.push({ role: 'tool', tool_call_id: call.id, content })
        }
      }
    }`,
    { baseUrl: url, model: 'm', extraBody: { tools: [{ type: 'function', function: { name: 'weather' } }] } },
  )
  const { run, scenarioErrors } = await sessionLoad(loadPlan(times(4), { scenario: agent }))
  expect(scenarioErrors).toEqual([])
  expect(run.series.outcomes).toMatchObject({ attempted: 4, good: 4 })
  for (const name of ['round 1', 'round 2', 'tool weather', 'tool time'])
    expect(run.scenario(name).series.outcomes.good).toBe(4)
  expect(seen.find(({ messages }) => messages.length > 1)!.messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bonn"}' } },
        { id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '{"given":{"city":"Bonn"}}' },
    { role: 'tool', tool_call_id: 'call_2', content: '{"given":{}}' },
  ])
}, 20_000)

test.each<[Partial<ConversationOptions>, RegExp]>([
  [{}, /option turns: got undefined, takes a list of texts/],
  [{ turns: [] }, /option turns: got \[\], takes a list of texts/],
  [{ turns: ['a'], data: [{ turns: ['a'] }] }, /or data with a column turns instead/],
  [{ turns: ['a'], thinkTime: ['2s', '1s'] }, /option thinkTime: .*the smaller one first/],
  [{ turns: ['a'], maxTurns: 51 }, /option maxTurns: got 51, takes a whole number from 1 to 50/],
  [{ data: [{ turns: 'hello' }] }, /row 0: turns: got 'hello', takes a list of texts/],
  [{ turns: ['a'], prompt: 'x' } as never, /unknown option prompt/],
])('%j is refused', (options, message) => {
  expect(() => conversation({ baseUrl: 'http://h', model: 'm', ...options }).plan()).toThrow(message)
})
