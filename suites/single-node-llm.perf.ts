import { server } from 'vitest-perf'
import { llmServiceSuite } from 'vitest-perf/suites'
import { durationOf, flagOf, numbersOf, scaleOf, textOf, urlOf } from './environment.ts'
import { fixture } from './fixture.ts'

// Plan of a framework, without results: steps from 10 to 500 qps, prompts from 1,000 to 4,096 tokens, 24 hours, limits,
// recovery. It could not say: what makes a step's p99 trustworthy (n, the intended start), what counts as recovered or as
// decay, whether the generator or the service was the limit. LLM_URL, LLM_MODEL and LLM_API_KEY name a service of yours.
// The fault takes 25 s, so it waits for PERF_SCALE=full or PERF_FAULT=1, and for the embedded server. PERF_RATES=10,50,
// PERF_STEP=5m, PERF_WORDS=750,3072 and PERF_SOAK=24h say how far and how long.
const { env } = process
const url = urlOf(env, 'LLM_URL')
const apiKey = textOf(env, 'LLM_API_KEY')
const scale = scaleOf(env)
const [rates, step] = [numbersOf(env, 'PERF_RATES'), durationOf(env, 'PERF_STEP')]
const [promptWords, soak] = [numbersOf(env, 'PERF_WORDS'), durationOf(env, 'PERF_SOAK')]
const killable =
  (scale === 'full' || flagOf(env, 'PERF_FAULT')) && url === undefined
    ? server({
        command: ['node', 'fixtures/dist/inference-server.js', '--engine', 'planted', '--port', '18331'],
        ready: /listening on (\S+)/,
      })
    : undefined
llmServiceSuite({
  url: url ?? fixture('inference-server'),
  model: textOf(env, 'LLM_MODEL') ?? 'tiny-random',
  scale,
  ...(apiKey === undefined ? {} : { apiKey }),
  ...(rates === undefined ? {} : { rates }),
  ...(step === undefined ? {} : { step }),
  ...(promptWords === undefined ? {} : { promptWords }),
  ...(soak === undefined ? {} : { soak }),
  ...(killable === undefined ? {} : { killable }),
})
