import { describe, expect, test } from 'vitest'
import type { SpeechScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import type { RequestScenario, ResponseHeaders, ResponseResult } from '../../../src/scenarios/exchange.ts'
import { openai } from '../../../src/scenarios/openai.ts'
import { speech, type SpeechOptions } from '../../../src/scenarios/speech.ts'
import { tone, voice, wav } from '../../support/audio-bytes.ts'

const TEXTS = ['Hello there', '今天天气很好', 'Hi']
const options = (changes: Partial<SpeechOptions> = {}): SpeechOptions => ({
  url: 'http://h/v1/tts',
  body: { text: '{{text}}', voice: 'anna' },
  text: '{{text}}',
  data: { text: TEXTS },
  ...changes,
})
const compile = (changes: Partial<SpeechOptions> = {}): Promise<RequestScenario> =>
  compileScenario(speech(options(changes)).plan() as SpeechScenarioPlan)

/** Answers request k with pieces that come at their times. */
function answer(
  scenario: RequestScenario,
  k: number,
  pieces: readonly (readonly [atUs: number, Buffer])[],
  headers: ResponseHeaders = { 'content-type': 'audio/wav' },
  status = 200,
): ResponseResult {
  const reader = scenario.reader({ delta: () => {} }, 0, scenario.prepare(k))
  reader.head(status, headers)
  for (const [atUs, bytes] of pieces) {
    const piece = Buffer.from(bytes)
    reader.data(piece, atUs)
    piece.fill(0)
  }
  return reader.end({})
}
const failureOf = (scenario: RequestScenario, k: number, bytes: Buffer): string | undefined =>
  answer(scenario, k, [[1, bytes]]).failure?.detail

describe('an answer that is speech', () => {
  test('is measured as it comes: characters, audio, first audio, stutter', async () => {
    const scenario = await compile()
    const bytes = wav(voice(0.3))
    const result = answer(scenario, 1, [
      [50_000, bytes.subarray(0, 44)],
      [60_000, bytes.subarray(44, 44 + 3200)],
      [260_000, bytes.subarray(3244)],
    ])
    expect(result).toMatchObject({
      failure: null,
      firstDeltaAt: 60_000,
      lastDeltaAt: 260_000,
      deltas: 2,
      audio: { inputChars: 6, audioUs: 300_000, firstAudioAt: 60_000, stutterUs: 100_000, words: null },
    })
  })

  test('counts characters, not code units', async () => {
    const scenario = await compile({ data: { text: ['a😀é'] } })
    expect(answer(scenario, 0, [[1, wav(voice(0.1))]]).audio!.inputChars).toBe(3)
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a WAV without samples', wav([]), 'empty'],
    ['a WAV that was cut off', wav(voice(0.1)).subarray(0, 900), 'malformed_audio'],
    ['JSON', Buffer.from('{"error":"no voice"}'), 'not_audio'],
  ])('that is %s fails', async (_, bytes, detail) => {
    expect(failureOf(await compile(), 0, bytes)).toBe(detail)
  })

  test('in an unknown container is good, without a length', async () => {
    const result = answer(await compile(), 0, [[5, Buffer.from('fLaC and more')]], { 'content-type': 'audio/flac' })
    expect(result).toMatchObject({ failure: null, audio: { audioUs: null, firstAudioAt: null, stutterUs: null } })
  })

  test('of a bad status says what the server said', async () => {
    const result = answer(await compile(), 0, [[5, Buffer.from('{"error":"no voice"}')]], {}, 500)
    expect(result.failure).toMatchObject({
      kind: 'http',
      detail: '500',
      message: '500 Internal Server Error: no voice',
    })
  })
})

describe('check: { audio: true }', () => {
  const check = { audio: true } as const

  test('passes speech that differs from text to text, and repeats for the same text', async () => {
    const scenario = await compile({ check })
    for (const k of [0, 1, 2, 3, 4, 5])
      expect(failureOf(scenario, k, wav(voice(0.5, 16_000, 1 + (k % 3))))).toBeUndefined()
  })

  test.each([
    ['a pure tone', wav(tone(0.5)), 'notTone'],
    ['silence', wav(Array<number>(9000).fill(0)), 'notTone'],
    ['far too short', wav(voice(0.05)), 'minSecondsPerChar'],
  ])('fails what is %s', async (_, bytes, detail) => {
    expect(failureOf(await compile({ check }), 0, bytes)).toBe(detail)
  })

  test('fails the same bytes for another text', async () => {
    const scenario = await compile({ check })
    const same = wav(voice(0.5))
    expect([0, 1, 2, 3].map((k) => failureOf(scenario, k, same))).toEqual([undefined, 'varies', 'varies', undefined])
  })

  test('fails what it cannot look at', async () => {
    const result = answer(await compile({ check }), 0, [[1, Buffer.from('fLaC and more')]], {})
    expect(result.failure).toMatchObject({
      kind: 'check',
      detail: 'notTone',
      message: expect.stringContaining('ask for WAV'),
    })
  })
})

test('openai.speech sends what OpenAI takes', async () => {
  const plan = openai
    .speech({
      baseUrl: 'http://h:1',
      model: 'tts-1',
      voice: 'alloy',
      data: { text: ['Hi'] },
      format: 'pcm',
      extraBody: { speed: 2 },
      apiKey: 'k',
    })
    .plan() as SpeechScenarioPlan
  const { path, body, headers, input } = (await compileScenario(plan)).prepare(0)
  expect([path, plan.name, plan.pcm]).toEqual([
    '/v1/audio/speech',
    'speech tts-1',
    { sampleRate: 24_000, channels: 1, bitsPerSample: 16 },
  ])
  expect(JSON.parse(String(body))).toEqual({
    model: 'tts-1',
    input: 'Hi',
    voice: 'alloy',
    response_format: 'pcm',
    speed: 2,
  })
  expect(headers.join()).toContain('authorization,Bearer k')
  expect(input!.text).toBe('Hi')
})

test.each([
  [() => speech({ ...options(), text: undefined } as unknown as SpeechOptions), /option text: got undefined/],
  [() => speech(options({ check: { bodyIncludes: 'x' } as never })), /check/],
  [() => speech(options({ text: '{{other}}' })).plan(), /other/],
  [() => speech({ url: 'http://h/', body: { text: 'Hi' }, text: '{{text}}' }).plan(), /option text/],
  [() => openai.speech({ baseUrl: 'http://h', model: 'm', voice: 'v' }), /option input/],
  [
    () =>
      openai.speech({ baseUrl: 'http://h', model: 'm', voice: 'v', input: 'x', format: 'mp3', check: { audio: true } }),
    /notTone.*takes format 'wav' or 'pcm', got 'mp3'/,
  ],
  [
    () => openai.speech({ baseUrl: 'http://h', model: 'm', voice: 'v', input: 'x', pcm: { sampleRate: 8000 } }),
    /option pcm/,
  ],
])('wrong options are named (%#)', (make, message) => {
  expect(make).toThrow(message)
})
