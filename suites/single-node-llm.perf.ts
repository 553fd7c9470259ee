import { server } from 'vitest-perf'
import { llmServiceSuite } from 'vitest-perf/suites'
import { fixture, scaleOf } from './fixture.ts'

// Plan of a framework, without results: steps from 10 to 500 qps, prompts from 1,000 to 4,096 tokens, 24 hours, limits,
// recovery. It could not say: what makes a step's p99 trustworthy (n, the intended start), what counts as recovered or as
// decay, whether the generator or the service was the limit. LLM_URL, LLM_MODEL and LLM_API_KEY name a service of yours.
// The fault takes 25 s, so it waits for PERF_SCALE=full or PERF_FAULT=1, and for the embedded server.
const url = process.env['LLM_URL']
const apiKey = process.env['LLM_API_KEY']
const scale = scaleOf(process.env)
const killable =
  url === undefined && (scale === 'full' || process.env['PERF_FAULT'] === '1')
    ? server({
        command: ['node', 'fixtures/dist/inference-server.js', '--engine', 'planted', '--port', '18331'],
        ready: /listening on (\S+)/,
      })
    : undefined
llmServiceSuite({
  url: url ?? fixture('inference-server'),
  model: process.env['LLM_MODEL'] ?? 'tiny-random',
  scale,
  ...(apiKey === undefined ? {} : { apiKey }),
  ...(killable === undefined ? {} : { killable }),
})
