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
  /** A stored file cannot be read or written, or its schema is unknown. */
  | 'store-failed'
  /** Asked for something that this measurement does not hold. */
  | 'not-measured'

/**
 * The one error class of this package. A failed *request* is data, never a `LoadError`.
 * `message` says what happened and names the option or file; `hint` says what to do.
 */
export class LoadError extends Error {
  override readonly name: string = 'LoadError'
  readonly code: LoadErrorCode
  readonly hint: string | undefined

  constructor(code: LoadErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(options.hint === undefined ? message : `${message}\n  hint: ${options.hint}`, { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}
