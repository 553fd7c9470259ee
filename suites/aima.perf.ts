import { aiServicesSuite } from 'vitest-perf/suites'
import { countOf, durationOf, listOf, scaleOf, textOf, urlOf } from './environment.ts'
import { fixture } from './fixture.ts'

// Report: LLM 4.83 s ± 2.74 s at 20.6 tokens/s, TTS "3,221 characters/s" of a sine wave, ASR by its health check, three
// requests at once in 2.08 s. It could not know: that a tone is no speech (here a failed request), whether the ASR heard
// anything right (word error rate), that one first request of 15 s made the deviation, what 30 requests at 1/s can show.
// AI_URL, or LLM_URL, TTS_URL and ASR_URL, name services of yours; AIMA_CONTAINERS=aima-vllm,aima-tts what is watched;
// LLM_ITERATIONS and TTS_ITERATIONS how often is asked. The report's own figures stand beside ours as external rows.
const { env } = process
const own = { llm: urlOf(env, 'LLM_URL'), tts: urlOf(env, 'TTS_URL'), asr: urlOf(env, 'ASR_URL') }
const all = Object.values(own).every((url) => url !== undefined)
const url = urlOf(env, 'AI_URL') ?? (all ? '' : fixture('inference-server'))
const [llmIterations, ttsIterations] = [countOf(env, 'LLM_ITERATIONS'), countOf(env, 'TTS_ITERATIONS')]
const duration = durationOf(env, 'PERF_STEP')
aiServicesSuite({
  llm: { url: own.llm ?? url, model: textOf(env, 'LLM_MODEL') ?? 'tiny-random' },
  tts: { url: own.tts ?? url, model: textOf(env, 'TTS_MODEL') ?? 'flite', voice: textOf(env, 'TTS_VOICE') ?? 'slt' },
  asr: { url: own.asr ?? url, model: textOf(env, 'ASR_MODEL') ?? 'soundswallower' },
  containers: listOf(env, 'AIMA_CONTAINERS'),
  scale: scaleOf(env),
  ...(llmIterations === undefined ? {} : { llmIterations }),
  ...(ttsIterations === undefined ? {} : { ttsIterations }),
  ...(duration === undefined ? {} : { duration }),
})
