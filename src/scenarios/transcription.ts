import * as z from 'zod'
import type { BaseUrl, Scenario, TranscriptionScenarioPlan } from '../domain/scenario.ts'
import { absoluteUrl, pathOf, requireUrl } from './address.ts'
import { preparation, resolveData } from './data.ts'
import { absolutePath, FILE_FORM, type FileRef, isFileRef } from './local-file.ts'
import {
  baseUrl,
  checkFields,
  type CheckOptions,
  parseOptions,
  requestFields,
  type RequestOptions,
} from './request-options.ts'
import { requestPlan } from './request-plan.ts'
import { checkInput } from './speech.ts'
import { transportPlan } from './transport-options.ts'
import { uploadPlan, uploadType } from './upload.ts'

/** Options that every request for a transcript takes. */
export type TranscriptionRequestOptions = Omit<RequestOptions, 'check'> & {
  /** The audio that is sent: a path or file URL; its name may be a `{{template}}`. */
  readonly file: FileRef
  /** What was said in it, e.g. `'{{text}}'`, for the word error rate. @default not known */
  readonly reference?: string
  /** Looks at the transcript. `varies`: different audio must not give the same transcript. */
  readonly check?: CheckOptions & { readonly varies?: boolean }
  /** An empty transcript is good: audio in which nobody speaks. @default false */
  readonly allowEmpty?: boolean
}

/** Options of `transcription()`. */
export type TranscriptionOptions = TranscriptionRequestOptions & {
  /** Absolute, or a path with `baseUrl`. */
  readonly url: string
  readonly baseUrl?: BaseUrl
  /** Name of the form's field that holds the file; `null` sends the file as the body. @default 'file' */
  readonly field?: string | null
  /** Further fields of the form. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>
  /** Dotted path to the transcript in the JSON answer; `null`: the answer is the transcript. @default 'text' */
  readonly transcript?: string | null
}

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
/** Fields of a form, beside the file. */
export const formFields: z.ZodType = z
  .record(
    text,
    z.union([z.string(), z.number(), z.boolean()], 'takes a text, a number, true or false'),
    'takes an object of fields',
  )
  .optional()

/** Fields of {@link TranscriptionRequestOptions} for a schema. */
export const transcriptionFields: Readonly<Record<keyof TranscriptionRequestOptions, z.ZodType>> = {
  ...requestFields,
  file: z.custom<FileRef>(isFileRef, FILE_FORM),
  reference: text.optional(),
  check: z
    .strictObject(
      { ...checkFields, varies: z.boolean('takes true or false').optional() },
      'takes { bodyIncludes, bodyMatches, json, minBytes, minTime, varies }',
    )
    .optional(),
  allowEmpty: z.boolean('takes true or false').optional(),
}

const SCHEMA = z.strictObject(
  {
    ...transcriptionFields,
    url: text,
    baseUrl,
    field: z.union([text, z.null()], 'takes the name of a field, or null').optional(),
    fields: formFields,
    transcript: z.union([text, z.null()], 'takes a path such as result.text, or null').optional(),
  },
  'takes an object of options',
)

/**
 * A transcript from a server with a route of its own: `transcription({ url: 'http://127.0.0.1:8000/asr', file: './voice.wav',
 * field: 'audio', transcript: 'result.text', reference: 'hello world' })`.
 * @throws LoadError `invalid-option`
 */
export function transcription(options: TranscriptionOptions): Scenario {
  const where = 'transcription(options)'
  const parsed = parseOptions(where, SCHEMA, options) as TranscriptionOptions
  requireUrl(where, parsed.url)
  const { field = 'file', fields = {}, transcript = 'text' } = parsed
  const name = parsed.name ?? `POST ${pathOf(parsed.url)}`
  const url = (): string => absoluteUrl(where, parsed.url, parsed.baseUrl)
  return {
    name,
    ...preparation(parsed.data),
    plan: () => transcriptionPlan(where, parsed, { name, url: url(), headers: {}, field, fields, transcript }),
  }
}

/** What makes a request for a transcript out of options. */
interface TranscriptionParts {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly field: string | null
  readonly fields: Readonly<Record<string, string | number | boolean>>
  readonly transcript: string | null
}

/** @throws LoadError `invalid-option` */
export function transcriptionPlan(
  where: string,
  options: TranscriptionRequestOptions,
  { name, url, headers, field, fields, transcript }: TranscriptionParts,
): TranscriptionScenarioPlan {
  const { file, reference = null, check, allowEmpty = false, ...rest } = options
  const { varies = false, ...textCheck } = check ?? {}
  const upload = uploadPlan(where, {
    ...rest,
    ...(field === null ? { bodyFile: file } : { multipart: { ...fields, [field]: { path: file } } }),
  })!
  const data = resolveData(where, rest.data)
  const plan: TranscriptionScenarioPlan = {
    kind: 'transcription',
    file: absolutePath(file),
    reference,
    transcript,
    allowEmpty,
    varies,
    ...requestPlan(
      where,
      {
        method: 'POST',
        name,
        url,
        headers: { accept: '*/*', 'content-type': uploadType(upload), ...headers },
        body: null,
        bodyForm: 'text',
        upload,
        transport: transportPlan(where, rest),
        templates: true,
        data,
      },
      { ...rest, ...(check === undefined ? {} : { check: textCheck }) },
    ),
  }
  checkInput(where, plan, data)
  return plan
}
