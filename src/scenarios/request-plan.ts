import { LoadError } from '../domain/load-error.ts'
import type { DataRows, HttpMethod, RequestPlan, UploadPlan } from '../domain/scenario.ts'
import type { TransportPlan } from '../domain/transport-plan.ts'
import { checkPlan, isHeaderValue, maxRedirects, type RequestOptions, timeoutPlan } from './request-options.ts'
import { targetOf, type Target } from './address.ts'
import type { ResolvedData } from './data.ts'
import { readDataFile } from './data-file.ts'
import type { StreamedBody } from './exchange.ts'
import { numberPlans } from './number-options.ts'
import { liveRow, namesLiveValue } from './live-values.ts'
import { chosenClient } from './client-choice.ts'
import { holdsDraw } from './draw.ts'
import { checkClasses } from './prompt-class.ts'
import { compileJson, compileText, type Fill, isTemplate } from './template.ts'
import { acceptEncoding } from './transport-options.ts'
import { compileUpload, uploadTexts } from './upload.ts'
import { CheckedFiles, type UploadFiles } from './upload-files.ts'

/** Rows that are rendered when a plan is made, to find mistakes before any load. */
export const CHECKED_ROWS = 1000

/** What the dialects add to the options that all requests share. */
export interface RequestParts {
  readonly method: HttpMethod
  readonly name: string
  /** Absolute. */
  readonly url: string
  /** Headers of the dialect; the user's overrule them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly bodyForm: 'text' | 'json'
  /** Sent instead of a body. */
  readonly upload: UploadPlan | null
  readonly transport: TransportPlan
  /** False inside scenario modules, where values are put together in code. */
  readonly templates: boolean
  readonly data: ResolvedData
  /** Class of the prompts where the user names none. */
  readonly promptClass?: string | undefined
}

/**
 * Puts a plan together and tries its templates on the data.
 * @throws LoadError `invalid-option` when a template names what a row does not have, or the address is none
 */
export function requestPlan(where: string, parts: RequestParts, options: RequestOptions): RequestPlan {
  const headers = {
    'user-agent': 'vitest-perf',
    ...acceptEncoding(options),
    ...parts.headers,
    ...lowerCase(options.headers),
  }
  const { url, body, upload } = parts
  const withUpload = upload === null ? {} : { upload }
  const filled = parts.templates && textsOf({ url, headers, body, ...withUpload }).some(isTemplate)
  if (!parts.templates) refuseDraws(where, parts)
  const { data } = parts
  if (options.dataOrder !== undefined && options.data === undefined) {
    throw new LoadError(
      'invalid-option',
      `${where}: option dataOrder: got '${options.dataOrder}' without data, takes data too`,
    )
  }
  const promptClass = options.promptClass ?? parts.promptClass
  const plan: RequestPlan = {
    name: parts.name,
    method: parts.method,
    url: parts.url,
    headers,
    body: parts.body,
    bodyForm: parts.bodyForm,
    ...withUpload,
    templated: filled || isDrawn(parts),
    data: data.plan,
    ...(options.dataOrder === undefined ? {} : { dataOrder: options.dataOrder }),
    ...(promptClass === undefined ? {} : { promptClass }),
    ...(data.prompts === undefined ? {} : { prompts: data.prompts }),
    timeout: timeoutPlan(options.timeout),
    maxRedirects: maxRedirects(options.followRedirects),
    expectStatus: typeof options.expectStatus === 'number' ? [options.expectStatus] : (options.expectStatus ?? null),
    check: checkPlan(options.check),
    ...numberPlans(options),
    transport: { ...parts.transport, client: chosenClient(where, parts, options.client) },
  }
  if (!filled && data.rows.length > 0) {
    throw new LoadError(
      'invalid-option',
      `${where}: option data: nothing in url, headers or body names a column of it, so every request would be the same`,
      {
        hint: `write {{${Object.keys(data.rows[0]!)[0] ?? 'column'}}} where its values belong`,
      },
    )
  }
  const files = parts.templates ? new CheckedFiles() : null
  const render = compileRequest(where, plan, files ?? NO_FILES)
  const live = isLive(plan)
  if (parts.templates) checkClasses(where, plan, data.rows.length > 0 ? data.rows : NO_DATA)
  const checked = plan.templated && data.rows.length > 0 ? data.rows.slice(0, CHECKED_ROWS) : NO_DATA
  checked.forEach((row, k) => render(live ? liveRow(where, row, k, 0, 0) : row, k))
  return upload === null || files === null ? plan : { ...plan, upload: { ...upload, digest: files.digest() } }
}

/** Inside scenario modules the files are read when the request is made, not twice. */
const NO_FILES: UploadFiles = { read: () => Buffer.alloc(0) }

const NO_DATA: DataRows = [{}]

/**
 * Rows that requests are rendered with, read from their file if there is one; one empty row where there is no data.
 * @throws LoadError `invalid-option` when the file cannot be read or is not what it was
 */
export function rowsOf(where: string, { templated, data }: RequestPlan): DataRows {
  if (!templated) return NO_DATA
  if ('path' in data) return readDataFile(`${where}: option data`, data)
  return data.length > 0 ? data : NO_DATA
}

/** True when two requests of one row may differ: a template names what changes, something is drawn, or there is salt. */
export function isLive(plan: RequestPlan): boolean {
  return (
    plan.templated && ((plan.prompts?.salt ?? null) !== null || isDrawn(plan) || textsOf(plan).some(namesLiveValue))
  )
}

function isDrawn({ body, bodyForm }: Pick<RequestPlan, 'body' | 'bodyForm'>): boolean {
  return bodyForm === 'json' && body !== null && holdsDraw(body)
}

/** Inside scenario modules code draws for itself. */
function refuseDraws(where: string, parts: RequestParts): void {
  if (!isDrawn(parts)) return
  throw new LoadError('invalid-option', `${where}: a choice or range inside a scenario module is never drawn`, {
    hint: 'take a value in code, e.g. values[iteration % values.length]',
  })
}

/** Every text of a plan that may be a template. */
function textsOf({ url, headers, body, upload }: Pick<RequestPlan, 'url' | 'headers' | 'body' | 'upload'>): string[] {
  return [url, body ?? '', ...Object.values(headers), ...(upload === undefined ? [] : uploadTexts(upload))]
}

/** A request as it goes on the wire. */
export interface RenderedRequest {
  readonly target: Target
  /** Flat list: name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: Buffer | StreamedBody | null
}

/** Compiles the templates of a plan once. What no row changes is made once and shared by all requests. */
export function compileRequest(where: string, plan: RequestPlan, files: UploadFiles): Fill<RenderedRequest> {
  const target = targetFill(where, plan)
  const headers = headersFill(where, plan)
  const body = bodyFill(where, plan, files)
  const ownAuthorization = plan.headers['authorization'] !== undefined
  return (row, k, random) => {
    const to = target(row, k)
    const list = headers(row, k)
    return {
      target: to,
      headers: to.authorization === null || ownAuthorization ? list : [...list, 'authorization', to.authorization],
      body: body(row, k, random),
    }
  }
}

function targetFill(where: string, plan: RequestPlan): Fill<Target> {
  if (!plan.templated || !isTemplate(plan.url)) {
    const target = targetOf(where, plan.url)
    return () => target
  }
  const render = compileText(`${where}: url`, plan.url, 'url')
  return (row, k) => targetOf(`${where}: row ${k} of the data`, render(row, k))
}

function headersFill(where: string, plan: RequestPlan): Fill<readonly string[]> {
  const entries = Object.entries(plan.headers)
  if (!plan.templated || !entries.some(([, value]) => isTemplate(value))) {
    const list = entries.flat()
    return () => list
  }
  const fills = entries.map(([name, value]) => [name, compileText(`${where}: header ${name}`, value, 'text')] as const)
  return (row, k) =>
    fills.flatMap(([name, fill]) => {
      const value = fill(row, k)
      if (isHeaderValue(value)) return [name, value]
      throw new LoadError(
        'invalid-option',
        `${where}: header ${name}: row ${k} of the data gives a value with line breaks or characters that a header cannot hold`,
      )
    })
}

function bodyFill(where: string, plan: RequestPlan, files: UploadFiles): Fill<Buffer | StreamedBody | null> {
  if (plan.upload !== undefined) return compileUpload(where, plan.upload, plan.templated, files)
  if (plan.body === null) return () => null
  if (!plan.templated || !(isTemplate(plan.body) || isDrawn(plan))) {
    const body = Buffer.from(plan.body)
    return () => body
  }
  if (plan.bodyForm === 'json') {
    const fill = compileJson(`${where}: body`, JSON.parse(plan.body))
    return (row, k, random) => Buffer.from(JSON.stringify(fill(row, k, random)))
  }
  const fill = compileText(`${where}: body`, plan.body, 'text')
  return (row, k) => Buffer.from(fill(row, k))
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
