import { expect, type RunningServer, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'
import { gatewaySuite } from 'vitest-perf/suites'
import { durationOf, listOf, portOf, scaleOf, textOf, urlOf, wrong } from './environment.ts'
import { fixture } from './fixture.ts'

// Report: 11.2 qps at 50 users, p99 1.38 s, 0.4 % errors, cold starts 82 -> 33 s. It could not know: whether 11.2 qps was
// the gateway's or the think time's doing, p99 from the intended start, how sure one run is, whether StatsD counted
// everything, and whether cold starts of two builds differ by 60 % beyond chance. Its 6.8 GB and 7.2 GB keep the limit of
// each model, and are 14 GB on a GPU of 12 GB. GATEWAY_URL names a service of yours; it sends StatsD to
// GATEWAY_STATSD_PORT of this machine. GATEWAY_PROCESSES=port:8001,port:8002 (or pid:, name:) says what serves each model.
const { env } = process
const url = urlOf(env, 'GATEWAY_URL')
const port = portOf(env, 'GATEWAY_STATSD_PORT') ?? (url === undefined ? 18_225 : 0)
const duration = durationOf(env, 'PERF_STEP')
const [one, other, ...more] = listOf(env, 'GATEWAY_PROCESSES').map(processOf)
if ((one === undefined) !== (other === undefined) || more.length > 0) {
  throw wrong('GATEWAY_PROCESSES', env['GATEWAY_PROCESSES']!, 'one process for each of the two models')
}
gatewaySuite({
  url: url ?? fixture('gateway', ['--statsd', `127.0.0.1:${port === 0 ? 18_225 : port}`]),
  statsdPort: port === 0 ? null : port,
  scale: scaleOf(env),
  ...(one === undefined || other === undefined ? {} : { modelProcesses: [one, other] }),
  ...(duration === undefined ? {} : { duration }),
})

function processOf(text: string): number | { readonly port: number } | { readonly name: string } {
  const [, kind, value = ''] = /^(pid|port|name):(.+)$/.exec(text) ?? []
  if (kind === 'name') return { name: value }
  const number = Number(value)
  if (kind === undefined || !Number.isInteger(number) || number < 1 || (kind === 'port' && number > 65_535)) {
    throw wrong('GATEWAY_PROCESSES', text, 'pid:1234, port:8001 or name:program for each model')
  }
  return kind === 'pid' ? number : { port: number }
}

// GATEWAY_FP16 and GATEWAY_INT4 are commands of yours that start the model. The embedded ones are one engine with model
// loads of planted length, so that less of a difference can be claimed of them.
const variant = (command: string | undefined, loadMs: number) => ({
  command: command ?? `node fixtures/dist/inference-server.js --load-ms ${loadMs}`,
  ready: /listening on (\S+)/,
})
const fp16Command = textOf(env, 'GATEWAY_FP16')
const int4Command = textOf(env, 'GATEWAY_INT4')
const shorter = int4Command === undefined ? '30%' : '60%'
const chat = (server: Pick<RunningServer, 'url'>) =>
  openai.chat({
    baseUrl: server.url,
    model: textOf(env, 'LLM_MODEL') ?? 'tiny-random',
    maxTokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })

test(`int4 loads ${shorter} faster than fp16`, async ({ coldStart }) => {
  const options = { runs: 3, requests: 3, modelLoad: /model loaded in ([\d.]+) ms/ }
  const fp16 = await coldStart(variant(fp16Command, 1200), chat, { ...options, label: 'fp16' })
  const int4 = await coldStart(variant(int4Command, 0), chat, { ...options, label: 'int4' })
  expect(int4).toBeFasterThan(fp16, { by: shorter, metric: 'modelLoad' })
})
