import { expect, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'

// Two variants of the embedded server: the same engine, and model loads of planted length, as a quantised model loads faster.
const variant = (loadMs: number) => ({
  command: ['node', 'fixtures/dist/inference-server.js', '--load-ms', String(loadMs)] as const,
  ready: /listening on (\S+)/,
})
const chat = (server: { readonly url: string }) =>
  openai.chat({
    baseUrl: server.url,
    model: 'tiny-random',
    maxTokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })

test('int4 starts faster than fp16', async ({ coldStart }) => {
  const options = { runs: 3, requests: 6, modelLoad: /model loaded in ([\d.]+) ms/ }
  const fp16 = await coldStart(variant(1500), chat, { ...options, label: 'fp16' })
  const int4 = await coldStart(variant(0), chat, { ...options, label: 'int4' })
  expect(int4).toColdStartWithin('10s')
  expect(int4).toBeFasterThan(fp16, { by: '20%' })
  expect(int4).toBeFasterThan(fp16, { by: '30%', metric: 'modelLoad' })
})
