import { isDeepStrictEqual } from 'node:util'
import type { RequestFailure } from '../../domain/observation.ts'
import { describe } from '../../domain/quantity.ts'
import type { ReadPlan } from '../../domain/scenario.ts'
import { errorMessage, failure, quoted } from '../answer-check.ts'
import { atPath } from '../json-path.ts'
import { redactText } from '../redact.ts'
import { type Dialect, GENERATING } from './dialect.ts'
import { type Fields, tokensOf } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/** One thing that answers tell, and where. */
interface Part {
  /** Under which name of `read` it is declared. */
  readonly option: string
  readonly paths: readonly string[]
  readonly takes: string
  /** False: an answer need not tell it. */
  readonly required: boolean
  /** Adds what stands at the paths. @returns whether it is what it should be, or the failure that it tells */
  add(values: readonly unknown[], answer: ModelAnswer, fields: Fields): boolean | RequestFailure
}

/**
 * The JSON of a service that has an API of its own, described by paths. A path that nothing, or the wrong thing, stands at
 * is a failure that names it: a number that is not there is never 0.
 */
export function jsonPaths(read: ReadPlan): Dialect {
  const parts = partsOf(read)
  const add = (fields: Fields, answer: ModelAnswer): void => {
    for (const part of parts) answer.failure ??= addPart(part, fields, answer)
  }
  const lacking = (answer: ModelAnswer, source: string): RequestFailure | null => {
    const part = parts.find(({ option, required }) => required && answer.seen?.has(option) !== true)
    return part === undefined ? null : absent(part, source)
  }
  return {
    ...GENERATING,
    framing: read.framing ?? 'sse',
    ends: `no true at ${read.done}`,
    endsWithBody: read.done === null,
    checks: 'body',
    countsTokens: read.text !== null,
    isError: (fields) => read.error === null && read.ok === null && GENERATING.isError(fields),
    chunk: add,
    whole(fields, answer) {
      add(fields, answer)
      answer.failure ??= lacking(answer, `: ${quoted(JSON.stringify(fields))}`)
    },
    lacking: (answer) => lacking(answer, ' in any chunk'),
  }
}

function addPart(part: Part, fields: Fields, answer: ModelAnswer): RequestFailure | null {
  const values = part.paths.map((path) => atPath(fields, path) ?? null)
  if (values.every((value) => value === null)) return null
  const added = part.add(values, answer, fields)
  if (added === false) return absent(part, `, which is ${values.map((value) => describe(value)).join(' and ')}`)
  if (added !== true) return added
  if (part.required) (answer.seen ??= new Set()).add(part.option)
  return null
}

function absent({ option, paths, takes }: Part, source: string): RequestFailure {
  return failure(
    'protocol',
    `read.${option}`,
    redactText(`the answer has no ${takes} at ${paths.join(' and ')}${source}`),
  )
}

function partsOf(read: ReadPlan): readonly Part[] {
  const { text, inputTokens, outputTokens, finishReason, done, ok, error } = read
  const streamed = read.framing !== null
  const parts: (Part | null)[] = [
    error === null ? null : errorPart(error),
    partOf('ok', ok, 'true', true, (value, _answer, fields) => value === true || refusal(ok!, value, fields)),
    partOf('text', text, 'text', !streamed, (value, answer) => {
      if (typeof value === 'string') answer.visible.append(value)
      return typeof value === 'string'
    }),
    partOf('inputTokens', inputTokens, COUNT, true, (value, answer) => {
      answer.usage(tokensOf(value), null)
      return tokensOf(value) !== null
    }),
    outputTokens !== null && typeof outputTokens === 'object'
      ? ratePart(outputTokens)
      : partOf('outputTokens', outputTokens, COUNT, true, (value, answer) => {
          answer.usage(null, tokensOf(value))
          return tokensOf(value) !== null
        }),
    partOf('finishReason', finishReason, 'text', true, (value, answer) => {
      answer.finishReason = typeof value === 'string' ? value : null
      return typeof value === 'string'
    }),
    partOf('done', done, 'true or false', false, (value, answer) => {
      if (value === true) answer.ended = true
      return typeof value === 'boolean'
    }),
    ...Object.entries(read.stages).map(([name, { path, unitUs }]) =>
      partOf(`stages.${name}`, path, 'duration', true, (value, answer) => {
        answer.stage(name, value, unitUs)
        return isQuantity(value)
      }),
    ),
  ]
  return parts.filter((part) => part !== null)
}

const COUNT = 'whole number of tokens'

function partOf(
  option: string,
  path: string | null,
  takes: string,
  required: boolean,
  add: (value: unknown, answer: ModelAnswer, fields: Fields) => boolean | RequestFailure,
): Part | null {
  return path === null
    ? null
    : { option, paths: [path], takes, required, add: ([value], answer, fields) => add(value, answer, fields) }
}

/** Tokens of a service that tells its own rate and time: their product, which is whole but for rounding. */
function ratePart({ perSecond, seconds }: { readonly perSecond: string; readonly seconds: string }): Part {
  return {
    option: 'outputTokens',
    paths: [perSecond, seconds],
    takes: 'two numbers',
    required: true,
    add([rate, time], answer) {
      if (!isQuantity(rate) || !isQuantity(time)) return false
      answer.usage(null, Math.round(rate * time))
      return true
    },
  }
}

function isQuantity(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** Anything that says something is an error, or anything but the value that means none, which then has to be there. */
function errorPart({ path, unless = null }: NonNullable<ReadPlan['error']>): Part {
  return {
    option: 'error',
    paths: [path],
    takes: 'value',
    required: unless !== null,
    add([value], _answer, fields) {
      const none = unless === null ? value === '' || value === false : isDeepStrictEqual(value, unless)
      return none || refusal(path, value, fields)
    },
  }
}

function refusal(path: string, value: unknown, fields: Fields): RequestFailure {
  const words =
    typeof value === 'string' ? value : (errorMessage(value) ?? errorMessage(fields) ?? JSON.stringify(fields))
  return failure('http', path, `the server answered well, then said ${path}: ${redactText(words)}`)
}
