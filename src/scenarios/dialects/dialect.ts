import type { RequestFailure } from '../../domain/observation.ts'
import type { ResponseHeaders } from '../exchange.ts'
import type { Fields } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/** How a stream is cut into JSON: server-sent events, or a line each. */
export type Framing = 'sse' | 'ndjson'

/** What JSON of one API means. How it is framed, when it came and what is wrong with it is the reader's part. */
export interface Dialect {
  readonly framing: Framing
  /** What ends a good stream, for messages: `no ... after 3 deltas`. */
  readonly ends: string
  /** Whether the end of the body ends a stream too. */
  readonly endsWithBody: boolean
  /** Finish reasons with which the server says that it failed. */
  readonly failedReasons: ReadonlySet<string>
  /** What checks look at: the visible generated text, or the body where an answer need not hold any. */
  readonly checks: 'text' | 'body'
  /** Whether tokens of generated text are counted here where the server does not tell. */
  readonly countsTokens: boolean
  /** Whether a chunk or answer is an error and nothing else. */
  isError(fields: Fields): boolean
  /** Adds what the head of a good answer tells. */
  head?(headers: ResponseHeaders, answer: ModelAnswer): void
  /** Adds one chunk of a stream. */
  chunk(chunk: Fields, answer: ModelAnswer): void
  /** Adds an answer that is no stream. */
  whole(fields: Fields, answer: ModelAnswer): void
  /** What a stream that has ended should have said and did not. */
  lacking?(answer: ModelAnswer): RequestFailure | null
}

/** What most dialects have in common. */
export const GENERATING: Pick<
  Dialect,
  'framing' | 'endsWithBody' | 'failedReasons' | 'checks' | 'countsTokens' | 'isError'
> = {
  framing: 'sse',
  endsWithBody: false,
  failedReasons: new Set(),
  checks: 'text',
  countsTokens: true,
  isError: ({ error, object, type }) => !SAYS_NOTHING.has(error) || object === 'error' || type === 'error',
}

const SAYS_NOTHING: ReadonlySet<unknown> = new Set([undefined, null, '', false])
