import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'
import {
  comparisonTable,
  containerTable,
  promptTable,
  type ReferenceRow,
  REPORTED,
  servicesTable,
  speechTable,
} from './ai-tables.ts'
import type { SuiteDuration, SuiteScale, SuiteTarget } from './suite-target.ts'

/** One of the three services. */
export interface AiService {
  readonly url: SuiteTarget
  readonly model: string
}

/** Options of {@link aiServicesSuite}. */
export interface AiServicesOptions {
  readonly llm: AiService
  readonly tts: AiService & { readonly voice: string }
  readonly asr: AiService
  /** Requests per length of prompt. @default 15 */
  readonly llmIterations?: number
  /** @default 15 */
  readonly ttsIterations?: number
  /** Containers that are watched, beside their limits. @default none */
  readonly containers?: readonly string[]
  /** Where the services run, for the table of comparison. @default 'this machine' */
  readonly platform?: string
  /** What others told of models, for the same table; marked as not measured here. @default the report's */
  readonly references?: readonly ReferenceRow[]
  /** Length of the loads at once and of one request a second. @default '30s'; at the small scale '4s' at once */
  readonly duration?: SuiteDuration
  /** @default 'full' */
  readonly scale?: SuiteScale
}

const SAID = ['go forward ten meters', 'turn left', 'stop']
const PROMPTS = [
  { class: 'short', prompt: 'Hello' },
  { class: 'medium', prompt: 'Name three uses of speech, and say for each of them who needs it.' },
  { class: 'long', prompt: `${'Speech is what people use first. '.repeat(12)}What follows from this?` },
]
const TEXTS = [
  'Go.',
  'Good morning to all of you.',
  'The train to the airport leaves in ten minutes from platform two.',
]

/** An LLM, a speech and a transcription service on one machine: each alone, all at once, one request a second. */
export function aiServicesSuite({ llm, tts, asr, scale = 'full', containers = [], ...rest }: AiServicesOptions): void {
  const small = scale === 'small'
  const { llmIterations = small ? 9 : 15, ttsIterations = small ? 6 : 15 } = rest
  const folder = mkdtempSync(join(tmpdir(), 'perf-voices-'))
  const chat = openai.chat({
    baseUrl: llm.url,
    model: llm.model,
    maxTokens: small ? 16 : 100,
    messages: [{ role: 'user', content: '{{prompt}}' }],
    data: PROMPTS,
  })
  const speech = openai.speech({
    baseUrl: tts.url,
    model: tts.model,
    voice: tts.voice,
    data: TEXTS.map((text) => ({ text, length: lengthOf(text) })),
    promptClass: '{{length}}',
    // A tone in the place of speech is a failed request here, and no record of speed.
    check: { audio: true },
  })
  const heard = openai.transcription({
    baseUrl: asr.url,
    model: asr.model,
    file: join(folder, '{{file}}.wav'),
    reference: '{{said}}',
    data: SAID.map((said, file) => ({ said, file })),
    check: { varies: true },
  })
  const atOnce = {
    llm: [chat, { rate: small ? 4 : 1, duration: rest.duration ?? (small ? '4s' : '30s') }],
    tts: [speech, { users: 1, duration: rest.duration ?? (small ? '4s' : '30s'), thinkTime: '100ms' }],
    asr: [heard, { users: 1, duration: rest.duration ?? (small ? '4s' : '30s'), thinkTime: '100ms' }],
  } as const

  describe('an LLM, a TTS and an ASR', () => {
    // What the ASR is to hear, the TTS says.
    beforeAll(async () => {
      const base = typeof tts.url === 'string' ? tts.url : tts.url.url
      for (const [file, input] of SAID.entries()) {
        const answer = await fetch(`${base}/v1/audio/speech`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: tts.model, voice: tts.voice, input, response_format: 'wav' }),
        })
        writeFileSync(join(folder, `${file}.wav`), Buffer.from(await answer.arrayBuffer()))
      }
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    test('work one by one', async ({ load, table }) => {
      const warmup = { requests: 3 }
      const text = await load(chat, { users: 1, iterations: llmIterations, warmup, label: 'llm' })
      expect(text).toHaveNoErrors()
      expect(text.promptClass('long')).toHaveMeanBelow('20s')
      table(
        promptTable(
          text,
          PROMPTS.map((one) => one.class),
        ),
      )
      table(comparisonTable(text, llm.model, rest.platform ?? 'this machine', rest.references ?? REPORTED))
      const audio = await load(speech, { users: 1, iterations: ttsIterations, warmup, label: 'tts' })
      expect(audio).toHaveNoErrors()
      expect(audio).toHaveRealTimeFactorBelow(1, { percentile: 80 })
      table(speechTable(audio, TEXTS.map(lengthOf)))
      const words = await load(heard, { users: 1, iterations: ttsIterations, warmup, label: 'asr' })
      expect(words).toHaveWordErrorRateBelow('25%')
    })

    test('hold their limits while all three are used at once', async ({ load, table }) => {
      const run = await load(atOnce, { warmup: '1s', monitors: { host: true, gpu: true, idle: '1s' } })
      table(servicesTable('all three at once', run))
      expect(run).toHaveNoErrors()
      expect(run.scenario('llm')).toHavePercentileBelow(80, small ? '2s' : '15s')
      expect(run.scenario('tts')).toHaveTimeToFirstAudioBelow('2s', { percentile: 80 })
      expect(run.scenario('asr')).toHaveRealTimeFactorBelow(1, { percentile: 80 })
    })

    test('keep their containers below 90 % of their memory', async ({ load, skip, table }) => {
      if (containers.length === 0) return skip('no container is named')
      const run = await load(atOnce, { warmup: '1s', monitors: { container: containers, idle: '2s' } })
      const one = run.scenario('llm')
      const views = containers.map((name) => ({ name, view: one.watched(`container ${name}`) }))
      const missing = views.find(({ view }) => view.mean('memory') === null)
      if (missing !== undefined) return skip(missing.view.notes.join('; ') || `nothing was read of ${missing.name}`)
      table(containerTable(one, containers))
      for (const name of containers) expect.soft(one).toUseMemoryBelow('90%', { of: `container ${name}` })
    })

    test('answer one request a second', async ({ load, skip, table }) => {
      const duration = rest.duration ?? '30s'
      if (small) return skip('30 s of one request a second show something at PERF_SCALE=full only')
      const run = await load({ llm: [chat, { rate: 1, duration }], tts: [speech, { rate: 1, duration }] })
      table(servicesTable('one request a second', run))
      expect(run.scenario('llm')).toSustainQps(1)
      expect(run.scenario('tts')).toSustainQps(1)
    })
  })
}

function lengthOf(text: string): string {
  return `${Array.from(text).length} characters`
}
