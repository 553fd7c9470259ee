import { extname, basename } from 'node:path'
import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { PartPlan, UploadPlan } from '../domain/scenario.ts'
import { StreamedBody } from './exchange.ts'
import { absolutePath, FILE_FORM, type FileRef, isFileRef } from './local-file.ts'
import type { RequestOptions } from './request-options.ts'
import { compileText, type Fill } from './template.ts'
import type { UploadFiles } from './upload-files.ts'

/** A file in a form: what is on disk, or a text that stands for its content. */
export type FilePart = ({ readonly path: FileRef } | { readonly content: string }) & {
  /** @default the last part of `path` */
  readonly filename?: string
  /** Content type. @default by the extension of `filename`, else `application/octet-stream` */
  readonly type?: string
}

type FieldValue = string | number | boolean | FilePart

/** Bodies that are no text. Texts, paths and file names may hold `{{templates}}`. */
export interface UploadOptions {
  /**
   * A form sent as `multipart/form-data`, in this order: texts, files, or lists of them under one name:
   * `{ model: 'whisper', file: { path: './voice.wav' } }`. Content-Length is always set.
   */
  readonly multipart?: Readonly<Record<string, FieldValue | readonly FieldValue[]>>
  /**
   * The body is this file: a path (relative to the working directory) or a file URL. Read once by each generator; over
   * 16 MiB it is streamed from disk. The content type follows from the extension unless a header says it.
   */
  readonly bodyFile?: FileRef
}

const TYPES: Readonly<Record<string, string>> = {
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac',
  '.ogg': 'audio/ogg',
  '.m4a': 'audio/mp4',
  '.webm': 'audio/webm',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.txt': 'text/plain; charset=utf-8',
  '.csv': 'text/csv',
  '.xml': 'application/xml',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
}
const UNKNOWN_TYPE = 'application/octet-stream'
/** Constant: requests of two runs are the same bytes. */
const BOUNDARY = '----vitest-perf-7f3a9d2c41e85b06'
const CRLF = '\r\n'

const HEADER_TEXT = /^[\t\u0020-\u007e\u0080-\u00ff]*$/
const PART_FORM = 'takes a text, a number, { path } or { content }, or a list of them'
const file = z
  .strictObject({
    path: z.custom<FileRef>(isFileRef, FILE_FORM).optional(),
    content: z.string('takes a text').optional(),
    filename: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
    type: z.string('takes a content type').regex(HEADER_TEXT, 'takes a content type').optional(),
  })
  .refine(({ path, content }) => (path === undefined) !== (content === undefined), 'takes either path or content')
const field = z.union([z.string(), z.number(), z.boolean(), file], PART_FORM)

/** Fields of {@link UploadOptions} for a schema. */
export const uploadFields: Readonly<Record<keyof UploadOptions, z.ZodType>> = {
  multipart: z
    .record(
      z.string().min(1, 'takes field names that are not empty'),
      z.union([field, z.array(field).min(1, 'takes at least one value')], PART_FORM),
      "takes an object of fields, e.g. { file: { path: './voice.wav' } }",
    )
    .refine((form) => Object.keys(form).length > 0, 'takes at least one field')
    .optional(),
  bodyFile: z.custom<FileRef>(isFileRef, FILE_FORM).optional(),
}

/**
 * The upload that the options ask for; `null` for none.
 * @throws LoadError `invalid-option` when more than one body is given
 */
export function uploadPlan(
  where: string,
  options: UploadOptions & Pick<RequestOptions, 'headers'> & { readonly body?: unknown },
): UploadPlan | null {
  const given = (['body', 'bodyFile', 'multipart'] as const).filter((name) => options[name] !== undefined)
  if (given.length > 1)
    throw new LoadError('invalid-option', `${where}: options ${given.join(' and ')} exclude each other`)
  if (options.bodyFile !== undefined) return { kind: 'file', path: absolutePath(options.bodyFile), digest: '' }
  if (options.multipart === undefined) return null
  if (Object.keys(options.headers ?? {}).some((name) => name.toLowerCase() === 'content-type')) {
    throw new LoadError(
      'invalid-option',
      `${where}: option headers.content-type: multipart sets it itself, with its boundary`,
    )
  }
  const parts = Object.entries(options.multipart).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly FieldValue[]) : [value as FieldValue]).map((one) => partPlan(name, one)),
  )
  return { kind: 'multipart', parts, digest: '' }
}

/** The content type of an upload. */
export function uploadType(upload: UploadPlan): string {
  return upload.kind === 'multipart' ? `multipart/form-data; boundary=${BOUNDARY}` : typeOf(upload.path)
}

/** Every text of an upload that may be a template. */
export function uploadTexts(upload: UploadPlan): readonly string[] {
  if (upload.kind === 'file') return [upload.path]
  return upload.parts.flatMap(({ text, path, filename }) => [text ?? '', path ?? '', filename ?? ''])
}

/** Compiles an upload into bodies. Small ones are one buffer, others are streamed; the size is known in any case. */
export function compileUpload(
  where: string,
  upload: UploadPlan,
  templated: boolean,
  files: UploadFiles,
): Fill<Buffer | StreamedBody> {
  const compile = (place: string, text: string): Fill<string> =>
    templated ? compileText(place, text, 'text') : () => text
  if (upload.kind === 'file') {
    const path = compile(`${where}: bodyFile`, upload.path)
    return (row, k) => files.read(`${where}: option bodyFile`, path(row, k))
  }
  const parts = upload.parts.map((part) => compilePart(where, part, compile, files))
  return (row, k) => joined([...parts.flatMap((part) => part(row, k)), Buffer.from(`--${BOUNDARY}--${CRLF}`)])
}

function compilePart(
  where: string,
  part: PartPlan,
  compile: (place: string, text: string) => Fill<string>,
  files: UploadFiles,
): Fill<readonly (Buffer | StreamedBody)[]> {
  const place = `${where}: option multipart.${part.name}`
  const compiled = (text: string | null): Fill<string> | null => (text === null ? null : compile(place, text))
  const [text, path, filename] = [compiled(part.text), compiled(part.path), compiled(part.filename)]
  return (row, k) => {
    const filePath = path?.(row, k)
    const name = filename?.(row, k) ?? (filePath === undefined ? null : basename(filePath))
    const head = partHead(part.name, name, part.type ?? (name === null ? null : typeOf(name)))
    const content = filePath === undefined ? Buffer.from(text!(row, k)) : files.read(`${place}.path`, filePath)
    return [Buffer.from(head), content, Buffer.from(CRLF)]
  }
}

/** @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function partHead(name: string, filename: string | null, type: string | null): string {
  const lines = [
    `--${BOUNDARY}`,
    `content-disposition: form-data; name="${escaped(name)}"${filename === null ? '' : `; filename="${escaped(filename)}"`}`,
    ...(type === null ? [] : [`content-type: ${type}`]),
  ]
  return `${lines.join(CRLF)}${CRLF}${CRLF}`
}

function escaped(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

function joined(pieces: readonly (Buffer | StreamedBody)[]): Buffer | StreamedBody {
  if (pieces.every((piece) => Buffer.isBuffer(piece))) return Buffer.concat(pieces)
  const size = pieces.reduce((total, piece) => total + (Buffer.isBuffer(piece) ? piece.length : piece.size), 0)
  return new StreamedBody(size, async function* () {
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) yield piece
      else yield* piece.stream()
    }
  })
}

function partPlan(name: string, value: FieldValue): PartPlan {
  if (typeof value !== 'object') return { name, text: String(value), path: null, filename: null, type: null }
  const { filename = null, type = null } = value
  return 'path' in value && value.path !== undefined
    ? { name, text: null, path: absolutePath(value.path), filename, type }
    : { name, text: (value as { content: string }).content, path: null, filename: filename ?? name, type }
}

function typeOf(name: string): string {
  return TYPES[extname(name).toLowerCase()] ?? UNKNOWN_TYPE
}
