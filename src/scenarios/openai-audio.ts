import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { BaseUrl, Scenario } from '../domain/scenario.ts'
import { resolveBaseUrl } from './address.ts'
import { preparation, resolveData } from './data.ts'
import { jsonValue } from './json-value.ts'
import { baseUrl, HEADER_VALUE_FORM, isHeaderValue, parseOptions } from './request-options.ts'
import { speechFields, speechPlan, type SpeechRequestOptions } from './speech.ts'
import {
  formFields,
  transcriptionFields,
  transcriptionPlan,
  type TranscriptionRequestOptions,
} from './transcription.ts'

interface AudioServer {
  /** With or without `/v1`. An object's `url` is read when the load starts, not before. */
  readonly baseUrl: BaseUrl | undefined
  readonly model: string
  /** Sent as `authorization: Bearer`. */
  readonly apiKey?: string | undefined
}

/** Options of `openai.speech()`. */
export type OpenAiSpeechOptions = AudioServer &
  Omit<SpeechRequestOptions, 'pcm'> & {
    readonly voice: string
    /** The text to be spoken. @default with data: its column `text` */
    readonly input?: string
    /** Sent as `response_format`. In `aac` and `flac` the length of the audio is not known. @default 'wav' */
    readonly format?: 'wav' | 'mp3' | 'opus' | 'pcm' | 'aac' | 'flac'
    /** Of `format: 'pcm'`. @default OpenAI's: 24 kHz, one channel, 16 bits */
    readonly pcm?: SpeechRequestOptions['pcm']
    /** Further fields of the request body; they overrule ours: `{ speed: 1.5 }`. */
    readonly extraBody?: Readonly<Record<string, unknown>>
  }

/** Options of `openai.transcription()`. */
export type OpenAiTranscriptionOptions = AudioServer &
  TranscriptionRequestOptions & {
    /** Sent as `language`, e.g. `zh`. */
    readonly language?: string
    /** Sent as `response_format`. @default 'json' */
    readonly format?: 'json' | 'verbose_json' | 'text'
    /** Further fields of the form: `{ temperature: 0 }`. */
    readonly extraFields?: Readonly<Record<string, string | number | boolean>>
  }

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const serverFields = {
  baseUrl,
  model: text,
  apiKey: z.string('takes a text').refine(isHeaderValue, HEADER_VALUE_FORM).optional(),
}
const SPEECH = z.strictObject(
  {
    ...speechFields,
    ...serverFields,
    voice: text,
    input: text.optional(),
    format: z
      .enum(['wav', 'mp3', 'opus', 'pcm', 'aac', 'flac'], "takes 'wav', 'mp3', 'opus', 'pcm', 'aac' or 'flac'")
      .optional(),
    extraBody: z.record(z.string(), jsonValue, 'takes an object of fields').optional(),
  },
  'takes an object of options',
)
const TRANSCRIPTION = z.strictObject(
  {
    ...transcriptionFields,
    ...serverFields,
    language: text.optional(),
    format: z.enum(['json', 'verbose_json', 'text'], "takes 'json', 'verbose_json' or 'text'").optional(),
    extraFields: formFields,
  },
  'takes an object of options',
)
/** What OpenAI sends for `pcm`. */
const OPENAI_PCM = { sampleRate: 24_000 }

/** `POST /v1/audio/speech`; the audio is measured as it comes. @throws LoadError `invalid-option` */
export function openAiSpeech(options: OpenAiSpeechOptions): Scenario {
  const where = 'openai.speech(options)'
  const parsed = parseOptions(where, SPEECH, options) as OpenAiSpeechOptions
  const { model, voice, format = 'wav', extraBody, data } = parsed
  const input = parsed.input ?? (data === undefined ? null : '{{text}}')
  if (input === null) {
    throw new LoadError(
      'invalid-option',
      `${where}: option input: got undefined, takes a text; or data with a column text`,
    )
  }
  if (format !== 'pcm' && parsed.pcm !== undefined) {
    throw new LoadError('invalid-option', `${where}: option pcm: got a shape of samples, but the format is '${format}'`)
  }
  refuseToneCheck(where, parsed, format)
  const name = parsed.name ?? `speech ${model}`
  const { pcm = OPENAI_PCM, ...rest } = parsed
  return {
    name,
    ...preparation(data),
    plan: () =>
      speechPlan(where, format === 'pcm' ? { ...rest, pcm } : rest, {
        name,
        url: endpoint(resolveBaseUrl(where, parsed.baseUrl), '/audio/speech'),
        headers: authorization(parsed),
        body: JSON.stringify({ model, input, voice, response_format: format, ...extraBody }),
        text: input,
        data: resolveData(where, data),
      }),
  }
}

/** `POST /v1/audio/transcriptions` with the file in a form. @throws LoadError `invalid-option` */
export function openAiTranscription(options: OpenAiTranscriptionOptions): Scenario {
  const where = 'openai.transcription(options)'
  const parsed = parseOptions(where, TRANSCRIPTION, options) as OpenAiTranscriptionOptions
  const { model, language, format = 'json', extraFields } = parsed
  const name = parsed.name ?? `transcription ${model}`
  return {
    name,
    ...preparation(parsed.data),
    plan: () =>
      transcriptionPlan(where, parsed, {
        name,
        url: endpoint(resolveBaseUrl(where, parsed.baseUrl), '/audio/transcriptions'),
        headers: authorization(parsed),
        field: 'file',
        fields: { model, response_format: format, ...(language === undefined ? {} : { language }), ...extraFields },
        transcript: format === 'text' ? null : 'text',
      }),
  }
}

/** Without samples no tone can be seen: every answer would fail the check. */
function refuseToneCheck(where: string, { check }: OpenAiSpeechOptions, format: string): void {
  const audio = check?.audio
  const asked = audio === true || (typeof audio === 'object' && audio.notTone !== false)
  if (!asked || format === 'wav' || format === 'pcm') return
  throw new LoadError(
    'invalid-option',
    `${where}: option check.audio.notTone: takes format 'wav' or 'pcm', got '${format}'`,
    { hint: 'with check: { audio: { notTone: false } } the rest is checked' },
  )
}

/** Joins without doubling `/v1`. */
function endpoint(base: string, path: string): string {
  if (base.endsWith(path)) return base
  return /\/v\d+(beta)?$/.test(base) ? base + path : `${base}/v1${path}`
}

function authorization({ apiKey }: AudioServer): Record<string, string> {
  return apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }
}
