const FIRST_BYTES = 256

/**
 * A text that grows piece by piece, kept as bytes beside the heap. Thousands of streams that each keep a string per token
 * would have the garbage collector copy all of them again and again, stopping the generator for tens of milliseconds a
 * second; for bytes it does nothing. Two bytes for each code unit, so that a character whose halves come in two pieces
 * stays whole.
 */
export class GrowingText {
  #bytes: Buffer | null = null
  #end = 0

  /** In code units, as that of a string. */
  get length(): number {
    return this.#end / 2
  }

  append(text: string): void {
    if (text === '') return
    const end = this.#end + text.length * 2
    if (this.#bytes === null || end > this.#bytes.length) this.#grow(end)
    this.#bytes!.write(text, this.#end, 'utf16le')
    this.#end = end
  }

  /** From a place on. @default all of it */
  toString(from: number = 0): string {
    return this.#bytes?.toString('utf16le', from * 2, this.#end) ?? ''
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, least * 2))
    this.#bytes?.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}
