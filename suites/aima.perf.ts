import { aiServicesSuite } from 'vitest-perf/suites'
import { fixture, numberOf, scaleOf } from './fixture.ts'

// Report: LLM 4.83 s ± 2.74 s at 20.6 tokens/s, TTS "3,221 characters/s" of a sine wave, ASR by its health check, three
// requests at once in 2.08 s. It could not know: that a tone is no speech (here a failed request), whether the ASR heard
// anything right (word error rate), that one first request of 15 s made the deviation, what 30 requests at 1/s can show.
// AI_URL, or LLM_URL, TTS_URL and ASR_URL, name services of yours; AIMA_CONTAINERS=aima-vllm,aima-tts what is watched;
// LLM_ITERATIONS and TTS_ITERATIONS how often is asked. External reference, not measured here: Qwen3-Coder-Next-FP8 on the
// same GPU, about 50 tokens/s.
const { AI_URL, LLM_URL, TTS_URL, ASR_URL, LLM_MODEL, TTS_MODEL, TTS_VOICE, ASR_MODEL } = process.env
const all = [LLM_URL, TTS_URL, ASR_URL].every((url) => url !== undefined)
const url = AI_URL ?? (all ? '' : fixture('inference-server'))
const scale = scaleOf(process.env)
aiServicesSuite({
  llm: { url: LLM_URL ?? url, model: LLM_MODEL ?? 'tiny-random' },
  tts: { url: TTS_URL ?? url, model: TTS_MODEL ?? 'flite', voice: TTS_VOICE ?? 'slt' },
  asr: { url: ASR_URL ?? url, model: ASR_MODEL ?? 'soundswallower' },
  llmIterations: numberOf(process.env['LLM_ITERATIONS'], scale === 'full' ? 15 : 9),
  ttsIterations: numberOf(process.env['TTS_ITERATIONS'], scale === 'full' ? 15 : 6),
  containers: (process.env['AIMA_CONTAINERS'] ?? '').split(',').filter((name) => name !== ''),
  scale,
})
