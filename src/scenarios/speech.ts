import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { Duration } from '../domain/quantity.ts'
import type {
  AudioCheckPlan,
  BaseUrl,
  PcmPlan,
  Scenario,
  SpeechScenarioPlan,
  TranscriptionScenarioPlan,
} from '../domain/scenario.ts'
import { absoluteUrl, pathOf, requireUrl } from './address.ts'
import { audioInput } from './audio-input.ts'
import { type ResolvedData, preparation, resolveData } from './data.ts'
import { jsonValue } from './json-value.ts'
import { liveRow } from './live-values.ts'
import { baseUrl, checkFields, parseOptions, requestFields, type RequestOptions } from './request-options.ts'
import { CHECKED_ROWS, type RequestParts, requestPlan } from './request-plan.ts'
import { isTemplate } from './template.ts'
import { transportPlan } from './transport-options.ts'

/** What speech must not be: what a service answers whose model is not there. */
export interface AudioCheckOptions {
  /** Different texts must not be answered with the same bytes. @default true */
  readonly varies?: boolean
  /** No pure tone and no silence; takes 16-bit WAV or PCM. @default true */
  readonly notTone?: boolean
  /** Least seconds of audio for each character of the text. The fastest speakers take 0.03. @default 0.01 */
  readonly minSecondsPerChar?: number
}

/** What a good answer must be. */
export interface SpeechCheckOptions {
  /** `true` is all of {@link AudioCheckOptions} with their defaults. */
  readonly audio?: boolean | AudioCheckOptions
  readonly minBytes?: number
  /** An answer that is complete sooner than this after the request was sent fails. */
  readonly minTime?: Duration
}

/** Shape of samples without a container. */
export interface PcmOptions {
  readonly sampleRate: number
  /** @default 1 */
  readonly channels?: number
  /** @default 16 */
  readonly bitsPerSample?: number
}

/** Options that every request for speech takes. */
export type SpeechRequestOptions = Omit<RequestOptions, 'check'> & {
  readonly check?: SpeechCheckOptions
  /** What the answer is when it has no container. WAV, MP3 and Opus in Ogg are told by their bytes. @default none */
  readonly pcm?: PcmOptions
}

/** Options of `speech()`. */
export type SpeechOptions = SpeechRequestOptions & {
  /** Absolute, or a path with `baseUrl`. */
  readonly url: string
  readonly baseUrl?: BaseUrl
  /** JSON that is posted; its texts may hold `{{templates}}`. */
  readonly body: unknown
  /** What of it is spoken, with the same templates: its characters are counted. */
  readonly text: string
}

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const natural = z.int('takes a whole number from 1').min(1, 'takes a whole number from 1')
const flag = z.boolean('takes true or false')
const AUDIO_FORM = 'takes true, false or { varies, notTone, minSecondsPerChar }'

/** Fields of {@link SpeechRequestOptions} for a schema. */
export const speechFields: Readonly<Record<keyof SpeechRequestOptions, z.ZodType>> = {
  ...requestFields,
  check: z
    .strictObject(
      {
        minBytes: checkFields.minBytes,
        minTime: checkFields.minTime,
        audio: z
          .union(
            [
              flag,
              z.strictObject({
                varies: flag.optional(),
                notTone: flag.optional(),
                minSecondsPerChar: z.number('takes seconds from 0').min(0, 'takes seconds from 0').optional(),
              }),
            ],
            AUDIO_FORM,
          )
          .optional(),
      },
      'takes { audio, minBytes, minTime }',
    )
    .optional(),
  pcm: z
    .strictObject(
      {
        sampleRate: natural,
        channels: natural.optional(),
        bitsPerSample: z.literal([8, 16, 24, 32], 'takes 8, 16, 24 or 32').optional(),
      },
      'takes { sampleRate, channels, bitsPerSample }',
    )
    .optional(),
}

const SCHEMA = z.strictObject(
  { ...speechFields, url: text, baseUrl, body: jsonValue, text },
  'takes an object of options',
)

/**
 * Speech from a server with a route of its own: `speech({ url: 'http://127.0.0.1:8000/v1/tts', text: '{{text}}', body: { text:
 * '{{text}}', voice: 'anna' }, data: { text: ['Hello'] } })`. The audio of the answer is measured as it comes.
 * @throws LoadError `invalid-option`
 */
export function speech(options: SpeechOptions): Scenario {
  const where = 'speech(options)'
  const parsed = parseOptions(where, SCHEMA, options) as SpeechOptions
  requireUrl(where, parsed.url)
  const name = parsed.name ?? `POST ${pathOf(parsed.url)}`
  return {
    name,
    ...preparation(parsed.data),
    plan: () =>
      speechPlan(where, parsed, {
        name,
        url: absoluteUrl(where, parsed.url, parsed.baseUrl),
        headers: {},
        body: JSON.stringify(parsed.body),
        text: parsed.text,
        data: resolveData(where, parsed.data),
      }),
  }
}

/** What makes a request for speech out of options. */
interface SpeechParts extends Pick<RequestParts, 'name' | 'url' | 'headers' | 'data'> {
  readonly body: string
  readonly text: string
}

/** @throws LoadError `invalid-option` */
export function speechPlan(where: string, options: SpeechRequestOptions, parts: SpeechParts): SpeechScenarioPlan {
  const { check, pcm, ...rest } = options
  const { audio, ...common } = check ?? {}
  const { text: spoken, ...request } = parts
  const plan: SpeechScenarioPlan = {
    kind: 'speech',
    text: spoken,
    pcm: pcmPlan(pcm),
    audioCheck: audioCheckPlan(audio),
    ...requestPlan(
      where,
      {
        ...request,
        method: 'POST',
        headers: { accept: '*/*', 'content-type': 'application/json', ...parts.headers },
        bodyForm: 'json',
        upload: null,
        transport: transportPlan(where, rest),
        templates: true,
      },
      { ...rest, ...(check === undefined ? {} : { check: common }) },
    ),
  }
  checkInput(where, plan, parts.data)
  return plan
}

/** Tries the templates of what a request is about on the data. @throws LoadError `invalid-option` */
export function checkInput(
  where: string,
  plan: SpeechScenarioPlan | TranscriptionScenarioPlan,
  { rows }: ResolvedData,
): void {
  const [option, about] = plan.kind === 'speech' ? ['text', plan.text] : ['reference', plan.reference ?? '']
  if (isTemplate(about) && !plan.templated) {
    throw new LoadError(
      'invalid-option',
      `${where}: option ${option}: got '${about}', but the request holds no template`,
    )
  }
  const input = audioInput(where, plan)
  const checked = rows.length > 0 ? rows.slice(0, CHECKED_ROWS) : [{}]
  checked.forEach((row, k) => input(liveRow(where, row, k, 0, 0), k))
}

function pcmPlan(pcm: PcmOptions | undefined): PcmPlan | null {
  return pcm === undefined
    ? null
    : { sampleRate: pcm.sampleRate, channels: pcm.channels ?? 1, bitsPerSample: pcm.bitsPerSample ?? 16 }
}

function audioCheckPlan(audio: boolean | AudioCheckOptions | undefined): AudioCheckPlan | null {
  if (audio === undefined || audio === false) return null
  const { varies = true, notTone = true, minSecondsPerChar = 0.01 } = audio === true ? {} : audio
  return { varies, notTone, minSecondsPerChar }
}
