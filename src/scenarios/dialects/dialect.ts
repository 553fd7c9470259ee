import type { Fields } from './fields.ts'
import type { ModelAnswer } from './model-answer.ts'

/** What JSON of one API means. How it is framed, when it came and what is wrong with it is the reader's part. */
export interface Dialect {
  /** What ends a good stream, for messages: `no ... after 3 deltas`. */
  readonly ends: string
  /** Finish reasons with which the server says that it failed. */
  readonly failedReasons: ReadonlySet<string>
  /** Adds one chunk of a stream. */
  chunk(chunk: Fields, answer: ModelAnswer): void
  /** Adds an answer that is no stream. */
  whole(fields: Fields, answer: ModelAnswer): void
}

/** Whether JSON of any dialect is an error: `{ error }`, or what says of itself that it is one. */
export function saysError(fields: Fields): boolean {
  return (fields['error'] !== undefined && fields['error'] !== null) || fields['object'] === 'error'
}
