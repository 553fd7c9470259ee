import { STATUS_CODES } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { RequestFailure } from '../domain/observation.ts'
import { describe } from '../domain/quantity.ts'
import type { CheckPlan } from '../domain/scenario.ts'
import type { ResponseHeaders } from './exchange.ts'
import { atPath } from './json-path.ts'
import { redactText, redactUrl } from './redact.ts'

const MAX_MESSAGE = 300

/** A failure with its message cut to what one may hold. */
export function failure(kind: RequestFailure['kind'], detail: string, message: string): RequestFailure {
  return { kind, detail, message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 3)}...` : message }
}

/** Whether a status counts as good. */
export function isExpected(status: number, expected: readonly number[] | null): boolean {
  return expected === null ? status >= 200 && status < 300 : expected.includes(status)
}

/** The `http` failure of a status that was not expected, with the server's own words. */
export function statusFailure(status: number, headers: ResponseHeaders, body: string): RequestFailure {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  const location = headers['location']
  if (status >= 300 && status < 400 && typeof location === 'string') {
    return failure(
      'http',
      String(status),
      `${title}: redirect to ${redactUrl(location)} not followed; set followRedirects, or expectStatus if it is the answer`,
    )
  }
  const words = redactText(serverMessage(body)).slice(0, 200)
  return failure('http', String(status), words === '' ? title : `${title}: ${words}`)
}

/** What a server says about its error: the usual JSON shapes, else the beginning of the text. */
function serverMessage(body: string): string {
  try {
    const message = errorMessage(JSON.parse(body))
    if (message !== null) return message
  } catch {
    // No JSON: the text itself.
  }
  return body.slice(0, 400).replace(/\s+/g, ' ').trim()
}

/** The message in an error object such as `{ error: { message } }`, `{ error: 'text' }`, `{ message }`, `{ detail }`. */
export function errorMessage(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  for (const key of ['error', 'message', 'detail']) {
    const inner: unknown = key in value ? (value as Record<string, unknown>)[key] : undefined
    if (inner !== undefined && inner !== null) return errorMessage(inner) ?? JSON.stringify(inner)
  }
  return null
}

/** The text that a check looks at. */
export interface CheckedText {
  readonly text: string
  readonly bytes: number
  /** True when `text` is only the beginning. */
  readonly truncated: boolean
  /** How messages call it: `the body`, `the generated text`. */
  readonly what: string
}

/** A check ready to run; made once per scenario. @returns the `check` failure, or `null` when everything holds */
export type AnswerCheck = (answer: CheckedText) => RequestFailure | null

/** True when a check needs the text itself. */
export function readsText(check: CheckPlan | null): boolean {
  return check !== null && (check.bodyIncludes !== null || check.bodyMatches !== null || check.json !== null)
}

/** Builds the check of a plan. */
export function compileCheck(check: CheckPlan | null): AnswerCheck {
  if (check === null) return () => null
  const matches = check.bodyMatches === null ? null : new RegExp(check.bodyMatches.source, check.bodyMatches.flags)
  return (answer) => {
    const { what } = answer
    if (check.minBytes !== null && answer.bytes < check.minBytes) {
      return failure(
        'check',
        'minBytes',
        `${what} has ${answer.bytes} bytes, the check wants at least ${check.minBytes}`,
      )
    }
    if (check.bodyIncludes !== null && !answer.text.includes(check.bodyIncludes)) {
      return unseen(answer, 'bodyIncludes', `${what} does not include ${describe(check.bodyIncludes)}`)
    }
    if (matches !== null && !matches.test(answer.text)) {
      return unseen(answer, 'bodyMatches', `${what} does not match ${String(matches)}`)
    }
    return check.json === null ? null : jsonFailure(answer, check.json)
  }
}

function jsonFailure(answer: CheckedText, wanted: Readonly<Record<string, unknown>>): RequestFailure | null {
  let value: unknown
  try {
    value = JSON.parse(answer.text)
  } catch {
    return unseen(answer, 'json', `${answer.what} is not JSON: ${quoted(answer.text)}`)
  }
  for (const [path, expected] of Object.entries(wanted)) {
    const found = atPath(value, path)
    if (!isDeepStrictEqual(found, expected)) {
      return failure(
        'check',
        `json ${path}`,
        `json ${path} is ${describe(found)}, the check wants ${describe(expected)}`,
      )
    }
  }
  return null
}

/** A check that failed on the beginning of a longer text did not fail on what it says. */
function unseen(answer: CheckedText, detail: string, message: string): RequestFailure {
  const note = answer.truncated ? `; only its first ${answer.text.length} characters were kept for checks` : ''
  return failure('check', detail, `${message}${note}`)
}

/** Offending bytes as messages show them. */
export function quoted(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}...` : text
  return `'${cut.replaceAll('\r', '\\r').replaceAll('\n', '\\n')}'`
}
