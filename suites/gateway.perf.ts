import { expect, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'
import { gatewaySuite } from 'vitest-perf/suites'
import { fixture, numberOf, scaleOf } from './fixture.ts'

// Report: 11.2 qps at 50 users, p99 1.38 s, 0.4 % errors, cold starts 82 -> 33 s. It could not know: whether 11.2 qps was
// the gateway's or the think time's doing, p99 from the intended start, how sure one run is, whether StatsD counted
// everything, and whether cold starts of two builds differ by 60 % beyond chance. GATEWAY_URL names a service of yours;
// it sends StatsD to GATEWAY_STATSD_PORT of this machine.
const url = process.env['GATEWAY_URL']
const port = numberOf(process.env['GATEWAY_STATSD_PORT'], url === undefined ? 18_225 : 0)
gatewaySuite({
  url: url ?? fixture('gateway', ['--statsd', `127.0.0.1:${port}`]),
  statsdPort: port === 0 ? null : port,
  scale: scaleOf(process.env),
})

// GATEWAY_FP16 and GATEWAY_INT4 are commands of yours that start the model. The embedded ones are one engine with model
// loads of planted length, so that less of a difference can be claimed of them.
const variant = (command: string | undefined, loadMs: number) => ({
  command: command ?? `node fixtures/dist/inference-server.js --load-ms ${loadMs}`,
  ready: /listening on (\S+)/,
})
const { GATEWAY_FP16, GATEWAY_INT4 } = process.env
const shorter = GATEWAY_INT4 === undefined ? '30%' : '60%'
const chat = (server: { readonly url: string }) =>
  openai.chat({
    baseUrl: server.url,
    model: process.env['LLM_MODEL'] ?? 'tiny-random',
    maxTokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })

test(`int4 loads ${shorter} faster than fp16`, async ({ coldStart }) => {
  const options = { runs: 3, requests: 3, modelLoad: /model loaded in ([\d.]+) ms/ }
  const fp16 = await coldStart(variant(GATEWAY_FP16, 1200), chat, { ...options, label: 'fp16' })
  const int4 = await coldStart(variant(GATEWAY_INT4, 0), chat, { ...options, label: 'int4' })
  expect(int4).toBeFasterThan(fp16, { by: shorter, metric: 'modelLoad' })
})
