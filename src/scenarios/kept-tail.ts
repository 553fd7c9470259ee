/** The last bytes of a body, copied out of the buffers that the transport reuses. */
export class KeptTail {
  readonly #limit: number
  readonly #pieces: Buffer[] = []
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Buffer): void {
    this.#pieces.push(Buffer.from(chunk))
    this.#size += chunk.length
    while (this.#size - this.#pieces[0]!.length >= this.#limit) this.#size -= this.#pieces.shift()!.length
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8')
  }
}
