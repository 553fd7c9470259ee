import { llmServerSuite } from 'vitest-perf/suites'
import { countOf, scaleOf, textOf, urlOf } from './environment.ts'
import { fixture } from './fixture.ts'

// Report: ten requests one after the other and by five users; 90 % and 100 % success for the same ten requests, three
// different means, engine and server of different prompts and lengths. It could not know: prefill and decode apart (its
// server did not stream), which of its numbers came from which run, what the server itself costs. LLM_URL, LLM_MODEL and
// LLM_API_KEY name a service of yours, CLLM_ENGINE a llama.cpp command of the same model: `llama-cli -m model.gguf -n 50
// -no-cnv -p {{prompt}}`; without it the comparison with the engine is skipped.
const { env } = process
const engine = textOf(env, 'CLLM_ENGINE')
const apiKey = textOf(env, 'LLM_API_KEY')
llmServerSuite({
  url: urlOf(env, 'LLM_URL') ?? fixture('inference-server'),
  model: textOf(env, 'LLM_MODEL') ?? 'tiny-random',
  requests: countOf(env, 'LLM_ITERATIONS') ?? 10,
  scale: scaleOf(env),
  ...(apiKey === undefined ? {} : { apiKey }),
  ...(engine === undefined
    ? {}
    : {
        engine: { command: engine.split(' ') as [string, ...string[]], read: 'llama.cpp', data: { prompt: ['Hello'] } },
      }),
})
