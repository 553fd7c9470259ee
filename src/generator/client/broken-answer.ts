/**
 * An answer that is no HTTP, not what was asked for, or ends early. The code is undici's or llhttp's where they have one
 * for the same fault, so that both clients report it alike.
 */
export class BrokenAnswer extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
