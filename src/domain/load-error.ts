/**
 * The literal codes a {@link LoadError} may carry. Documentation and tests refer to them by name.
 */
export type LoadErrorCode =
  /** An option of ours has a wrong name, type or value. */
  | 'invalid-option'
  /** A scenario cannot be sent to the generators or its module failed to build or to load. */
  | 'scenario-failed'
  /** A fixture was used outside a perf project or at the wrong time. */
  | 'wrong-context'
  /** The thing under test could not be started or did not become ready. */
  | 'server-failed'
  /** The load ended before its plan did: deadline, abort, lost generator at start. */
  | 'load-aborted'
  /** A load that broke off cannot go on: it was changed since, or nothing of it is left. */
  | 'cannot-resume'
  /** A stored file cannot be read or written, or its schema is unknown. */
  | 'store-failed'
  /** Asked for something that this measurement does not hold. */
  | 'not-measured'

/** One thing that is wrong with data: where in it, and what. */
export interface DataProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * The one error class of this package. A failed *request* is data, never a `LoadError`.
 * `message` says what happened and names the option or file; `hint` says what to do.
 */
export class LoadError extends Error {
  override readonly name: string = 'LoadError'
  readonly code: LoadErrorCode
  readonly hint?: string
  readonly #problems: readonly DataProblem[]

  constructor(
    code: LoadErrorCode,
    message: string,
    { hint, cause, problems = [] }: { hint?: string; cause?: unknown; problems?: readonly DataProblem[] } = {},
  ) {
    super(hint === undefined ? message : `${message}\n  hint: ${hint}`, cause === undefined ? {} : { cause })
    this.code = code
    this.#problems = problems
    if (hint !== undefined) this.hint = hint
    if (this.stack !== undefined) this.stack = withoutOwnFrames(this.stack)
  }

  /** Of wrong data: each problem of `message` with its path. No field, or Vitest would print it below the message. */
  get problems(): readonly DataProblem[] {
    return this.#problems
  }
}

/** Where this package's own code lies: its frames say nothing to the reader of an error. */
const OWN_DIRECTORY = new URL('.', import.meta.url)

function withoutOwnFrames(stack: string): string {
  const own = [OWN_DIRECTORY.href, decodeURIComponent(OWN_DIRECTORY.pathname)]
  const lines = stack.split('\n')
  return lines.filter((line) => !/^\s+at /.test(line) || !own.some((place) => line.includes(place))).join('\n')
}
