import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, server, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'

// Three services on one machine at the same time: the embedded server's LLM (llama.cpp, random weights), TTS (Flite) and
// ASR (SoundSwallower), or those behind AI_URL.
const url = process.env['AI_URL']
const embedded =
  url === undefined
    ? server({ command: ['node', 'fixtures/dist/inference-server.js'], ready: /listening on (\S+)/ })
    : null
const SAID = ['go forward ten meters', 'turn left', 'stop']
const folder = mkdtempSync(join(tmpdir(), 'perf-voices-'))

const llm = openai.chat({
  baseUrl: embedded ?? url!,
  model: process.env['LLM_MODEL'] ?? 'tiny-random',
  maxTokens: 16,
  messages: [{ role: 'user', content: '{{prompt}}' }],
  data: { prompt: ['Hello', 'Name three uses of speech'] },
})
const tts = openai.speech({
  baseUrl: embedded ?? url!,
  model: process.env['TTS_MODEL'] ?? 'flite',
  voice: process.env['TTS_VOICE'] ?? 'slt',
  data: { text: ['Good morning.', 'The train to the airport leaves in ten minutes.', 'Thank you very much'] },
  check: { audio: true },
})
const asr = openai.transcription({
  baseUrl: embedded ?? url!,
  model: process.env['ASR_MODEL'] ?? 'soundswallower',
  file: join(folder, '{{file}}.wav'),
  reference: '{{said}}',
  data: SAID.map((said, file) => ({ said, file })),
  check: { varies: true },
})

describe('an LLM, a TTS and an ASR', () => {
  // What the ASR is to hear, the TTS says.
  beforeAll(async () => {
    for (const [i, input] of SAID.entries()) {
      const answer = await fetch(`${embedded?.url ?? url!}/v1/audio/speech`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'flite', voice: 'slt', input, response_format: 'wav' }),
      })
      writeFileSync(join(folder, `${i}.wav`), Buffer.from(await answer.arrayBuffer()))
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('hold their limits while all three are used at once', async ({ load }) => {
    const run = await load({
      llm: [llm, { rate: 4, duration: '6s', warmup: '2s' }],
      tts: [tts, { users: 1, duration: '6s', warmup: '2s', thinkTime: '100ms' }],
      asr: [asr, { users: 1, duration: '6s', warmup: '2s', thinkTime: '100ms' }],
    })
    expect(run).toHaveNoErrors()
    expect(run.scenario('llm')).toHavePercentileBelow(80, '2s')
    expect(run.scenario('tts')).toHaveRealTimeFactorBelow(1, { percentile: 80 })
    expect(run.scenario('tts')).toHaveTimeToFirstAudioBelow('2s', { percentile: 80 })
    expect(run.scenario('asr')).toHaveRealTimeFactorBelow(1, { percentile: 80 })
    expect(run.scenario('asr')).toHaveWordErrorRateBelow('25%')
  })
})
