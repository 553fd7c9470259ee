/** The first bytes of a body, copied out of the buffers that the transport reuses. */
export class KeptBody {
  readonly #limit: number
  readonly #pieces: Buffer[] = []
  #size = 0
  /** True when the body went on after the limit. */
  truncated = false

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Buffer): void {
    const room = this.#limit - this.#size
    if (chunk.length > room) this.truncated = true
    if (room <= 0 || chunk.length === 0) return
    const piece = Buffer.from(chunk.subarray(0, room))
    this.#pieces.push(piece)
    this.#size += piece.length
  }

  text(): string {
    return this.#pieces.length === 1 ? this.#pieces[0]!.toString('utf8') : Buffer.concat(this.#pieces).toString('utf8')
  }
}
