const NOTHING = Buffer.alloc(0)

/**
 * Bytes that come in pieces, read in steps: so many bytes together, or so many that are passed over. Whatever the pieces
 * are, the steps are the same.
 */
export abstract class ByteSteps {
  #held: Buffer = NOTHING
  #wanted = 0
  #toPass = 0

  /** The buffer may be used again afterwards: what is kept of it is copied. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#toPass > 0) {
        const end = Math.min(chunk.length, at + this.#toPass)
        this.#toPass -= end - at
        this.passed(chunk.subarray(at, end))
        at = end
      } else {
        const end = Math.min(chunk.length, at + this.#wanted - this.#held.length)
        this.#held = Buffer.concat([this.#held, chunk.subarray(at, end)])
        at = end
        if (this.#held.length < this.#wanted) return
        const bytes = this.#held
        this.#held = NOTHING
        this.step(bytes)
      }
    }
  }

  /** Call {@link step} when this many bytes, at least one, have come. */
  protected read(count: number): void {
    this.#wanted = count
  }

  /** Hand this many bytes to {@link passed} before anything else is read. */
  protected pass(count: number): void {
    this.#toPass = count
  }

  /** Read these again as the beginning of the next `count` bytes; fewer than that. */
  protected readAgain(bytes: Buffer, count: number): void {
    this.#held = bytes
    this.#wanted = count
  }

  /** All bytes that were asked for; asks for the next ones. */
  protected abstract step(bytes: Buffer): void

  /** Bytes that are passed over, piece by piece. */
  protected abstract passed(bytes: Buffer): void
}
