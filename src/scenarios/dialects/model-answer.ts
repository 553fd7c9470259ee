import { GrowingText } from '../growing-text.ts'

/** Where a generated text belongs: what a user sees, or reasoning and tool calls. */
export type Channel = 'visible' | 'hidden'

/** All that an answer has said so far, whatever its dialect: a dialect adds to it, the reader judges it. */
export class ModelAnswer {
  /** Content that a user sees. */
  readonly visible: GrowingText = new GrowingText()
  /** Reasoning and tool calls. */
  readonly hidden: GrowingText = new GrowingText()
  /** Pieces that were generated and are no text, such as audio. */
  otherPieces = 0
  /** Why the server stopped generating, in its own word; `null` before it has. */
  finishReason: string | null = null
  /** The mark that ends a stream has come: nothing follows. */
  ended = false
  inputTokens: number | null = null
  outputTokens: number | null = null
  /** Output tokens so far, as the chunk that is being read tells them; `null` when it does not, or tells none. */
  chunkTokens: number | null = null

  /** Takes over the counts that are told; what is `null` leaves what was known. */
  usage(inputTokens: number | null, outputTokens: number | null): void {
    this.inputTokens = inputTokens ?? this.inputTokens
    this.outputTokens = outputTokens ?? this.outputTokens
    this.chunkTokens = outputTokens !== null && outputTokens > 0 ? outputTokens : null
  }
}
