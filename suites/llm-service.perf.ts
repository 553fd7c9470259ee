import { beforeAll, describe, expect, server, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'

// The service under test: LLM_URL, or the embedded inference server (a real llama.cpp engine on a small random-weight model).
const url = process.env['LLM_URL']
const service =
  url === undefined
    ? server({ command: ['node', 'fixtures/dist/inference-server.js'], ready: /listening on (\S+)/ })
    : { url }
const output = (): string => ('output' in service ? service.output() : '')
const model = process.env['LLM_MODEL'] ?? 'tiny-random'
const apiKey = process.env['LLM_API_KEY']

const chat = (maxTokens: number, prompts: readonly string[]) =>
  openai.chat({
    baseUrl: service,
    model,
    maxTokens,
    messages: [{ role: 'user', content: '{{prompt}}' }],
    data: { prompt: [...prompts] },
    ...(apiKey === undefined ? {} : { apiKey }),
  })

const SHORT = ['Hello', 'Explain the KV cache', 'What does a tokenizer do?', 'Name three uses of continuous batching']

describe('an LLM service', () => {
  beforeAll(() => {
    // Numbers of the planted engine are not those of a model: nobody may take them for such.
    if (output().includes('NATIVE ENGINE NOT AVAILABLE')) process.stderr.write(`\n${output()}\n`)
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
