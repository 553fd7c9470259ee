import { beforeAll, describe, expect, server, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'

// The service under test: LLM_URL, or the embedded inference server (a real llama.cpp engine on a small random-weight model).
const url = process.env['LLM_URL']
const embedded =
  url === undefined
    ? server({ command: ['node', 'fixtures/dist/inference-server.js'], ready: /listening on (\S+)/ })
    : null
const EMBEDDED = 'embedded inference server: the real llama.cpp engine on 1.4 M random weights, no model of anybody\n'
const model = process.env['LLM_MODEL'] ?? 'tiny-random'
const apiKey = process.env['LLM_API_KEY']

const chat = (maxTokens: number, prompts: readonly string[]) =>
  openai.chat({
    baseUrl: embedded ?? url!,
    model,
    maxTokens,
    messages: [{ role: 'user', content: '{{prompt}}' }],
    data: { prompt: [...prompts] },
    ...(apiKey === undefined ? {} : { apiKey }),
  })

const SHORT = ['Hello', 'Explain the KV cache', 'What does a tokenizer do?', 'Name three uses of continuous batching']

describe('an LLM service', () => {
  beforeAll(() => {
    // Nobody may take these numbers for those of a service's own model.
    if (embedded === null) return
    const planted = embedded.output().includes('NATIVE ENGINE NOT AVAILABLE')
    process.stderr.write(planted ? `\n${embedded.output()}\n` : EMBEDDED)
  })

  test('chat answers 5 requests/s within its limits', async ({ load }) => {
    const run = await load(chat(32, SHORT), { rate: 5, arrivals: 'poisson', warmup: '3s', duration: '20s' })
    expect(run).toHaveP90Below('1.5s')
    expect(run).toSustainQps(5)
    expect(run).toHaveTtftBelow('400ms', { percentile: 90 })
    expect(run).toHaveInterChunkLatencyBelow('60ms')
    expect(run).toHaveErrorRateBelow('4%')
    expect(run).toNotRegress()
  })

  test('eight users at once keep the engine busy', async ({ load }) => {
    const run = await load(chat(64, SHORT), { users: 8, warmup: '3s', duration: '15s' })
    expect(run).toHaveP90Below('3s')
    expect(run).toSustainTokensPerSecond(50)
    expect(run).toHaveNoErrors()
    expect(run).toNotRegress()
  })
})
