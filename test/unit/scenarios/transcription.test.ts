import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TranscriptionScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import type { RequestScenario, ResponseResult } from '../../../src/scenarios/exchange.ts'
import { openai } from '../../../src/scenarios/openai.ts'
import { transcription, type TranscriptionOptions } from '../../../src/scenarios/transcription.ts'
import { mp3Frame, voice, wav } from '../../support/audio-bytes.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitest-perf-audio-'))
  writeFileSync(join(folder, 'one.wav'), wav(voice(0.5)))
  writeFileSync(join(folder, 'two.mp3'), Buffer.concat([mp3Frame(), mp3Frame()]))
})
afterAll(() => rmSync(folder, { recursive: true }))

const options = (changes: Partial<TranscriptionOptions> = {}): TranscriptionOptions => ({
  url: 'http://h/asr',
  file: `${folder}/{{file}}`,
  reference: '{{said}}',
  data: [
    { file: 'one.wav', said: 'Go forward ten meters.' },
    { file: 'two.mp3', said: 'stop' },
  ],
  ...changes,
})
const compile = (changes: Partial<TranscriptionOptions> = {}): Promise<RequestScenario> =>
  compileScenario(transcription(options(changes)).plan() as TranscriptionScenarioPlan)

function answer(scenario: RequestScenario, k: number, body: string, status = 200): ResponseResult {
  const reader = scenario.reader({ delta: () => {} }, 0, scenario.prepare(k))
  reader.head(status, {})
  for (const byte of Buffer.from(body)) reader.data(Buffer.from([byte]), 1)
  return reader.end({})
}

describe('a transcript', () => {
  test('is compared with what was said, and has the length of the audio that was sent', async () => {
    const scenario = await compile()
    expect(answer(scenario, 0, '{"text":"go forward, then meters"}')).toMatchObject({
      failure: null,
      firstDeltaAt: null,
      audio: { inputChars: null, audioUs: 500_000, words: { errors: 1, reference: 4 } },
    })
    expect(answer(scenario, 1, '{"text":"Stop!"}').audio).toMatchObject({
      audioUs: 52_245,
      words: { errors: 0, reference: 1 },
    })
  })

  test('stands at a path, or is the answer', async () => {
    const nested = await compile({ transcript: 'result.0.text' })
    expect(answer(nested, 1, '{"result":[{"text":"stop"}]}').audio!.words!.errors).toBe(0)
    expect(answer(await compile({ transcript: null }), 1, ' stop\n').audio!.words!.errors).toBe(0)
  })

  test.each([
    ['', 'malformed_json'],
    ['{"text":', 'malformed_json'],
    ['{"txt":"x"}', 'no_transcript'],
    ['{"text":7}', 'no_transcript'],
    ['{"error":{"message":"busy"}}', 'error_object'],
    ['{"text":" "}', 'empty'],
  ])('is missing in %j', async (body, detail) => {
    expect(answer(await compile(), 0, body)).toMatchObject({ failure: { detail }, audio: { words: null } })
  })

  test('is checked, and must vary where that is asked', async () => {
    const scenario = await compile({ check: { bodyIncludes: 'hello', varies: true } })
    expect([0, 1, 0].map((k) => answer(scenario, k, '{"text":"hello"}').failure?.detail)).toEqual([
      undefined,
      'varies',
      undefined,
    ])
    expect(answer(scenario, 0, '{"text":"bye"}').failure!.detail).toBe('bodyIncludes')
  })

  test('without a reference has no word errors', async () => {
    const { reference: _, ...rest } = options()
    const scenario = await compileScenario(
      transcription({ ...rest, data: [{ file: 'one.wav' }] }).plan() as TranscriptionScenarioPlan,
    )
    expect(answer(scenario, 0, '{"text":"hm"}').audio!.words).toBeNull()
  })
})

test('openai.transcription sends a form with the file, the model and what else was asked for', async () => {
  const plan = openai
    .transcription({
      baseUrl: 'http://h/v1',
      model: 'whisper-1',
      file: join(folder, 'one.wav'),
      language: 'zh',
      extraFields: { temperature: 0 },
    })
    .plan() as TranscriptionScenarioPlan
  const { path, body, headers } = (await compileScenario(plan)).prepare(0)
  const form = (body as Buffer).toString('latin1')
  expect(path).toBe('/v1/audio/transcriptions')
  expect(headers.join()).toContain('multipart/form-data; boundary=')
  for (const [name, value] of [
    ['model', 'whisper-1'],
    ['language', 'zh'],
    ['response_format', 'json'],
    ['temperature', '0'],
  ])
    expect(form).toContain(`name="${name}"\r\n\r\n${value}\r\n`)
  expect(form).toContain('name="file"; filename="one.wav"\r\ncontent-type: audio/wav\r\n\r\nRIFF')
})

test('field: null sends the file as the body', async () => {
  const scenario = await compile({ field: null })
  expect((scenario.prepare(0).body as Buffer).toString('latin1', 0, 4)).toBe('RIFF')
})

test('a file that is not there is named before any load', () => {
  expect(() => transcription(options({ file: './{{said}}.wav' })).plan()).toThrow('no such file')
})
