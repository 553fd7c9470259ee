import { expect, test } from 'vitest'
import { openai, syntheticPrompts } from '../../../src/scenarios/index.ts'
import { loadPlan, SECOND } from '../../support/load-plan.ts'
import { sessionBench, sessionLoad } from '../../support/session-load.ts'
import type { Measurement } from '../../../src/measure/measurement.ts'

const { serve } = sessionBench()

/** Twelve prompts of 20 tokens to a server that says so of each. */
async function loaded(promptTokens: (k: number) => number): Promise<Measurement> {
  let asked = 0
  const url = await serve((_request, response) => {
    const usage = { prompt_tokens: promptTokens(asked++), completion_tokens: 1 }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }], usage }))
  })
  const data = syntheticPrompts({ tokens: 20, count: 5 })
  const chat = openai.chat({ baseUrl: url, model: 'm', stream: false, data })
  await chat.prepare!()
  const { run } = await sessionLoad(
    loadPlan(
      { executor: 'shared-iterations', users: 2, iterations: 12, thinkTime: null, maxDurationUs: 10 * SECOND },
      { scenario: chat.plan(), generators: 2 },
    ),
  )
  return run
}

test('a constant number of tokens more is the chat template, told and nothing else', async () => {
  const run = await loaded(() => 33)
  expect(run.promptOffset).toEqual({ n: 12, least: 13, most: 13, countedBy: 'gpt-tokenizer o200k_base' })
  expect(run.validity.findings.filter(({ cause }) => cause === 'tokens-disagree')).toEqual([])
}, 20_000)

test('a difference that varies makes the measurement suspect', async () => {
  const run = await loaded((k) => (k === 7 ? 19 : 33))
  expect(run.validity.findings.find(({ cause }) => cause === 'tokens-disagree')).toMatchObject({
    severity: 'suspect',
    message:
      'prompts are exact as gpt-tokenizer o200k_base counts, but the server counted \u22121 to 13 tokens more over 12 answers',
  })
}, 20_000)
