import type { RequestFailure } from '../../domain/observation.ts'
import { GrowingText } from '../growing-text.ts'

/** Where a generated text belongs: what a user sees, or reasoning and tool calls. */
export type Channel = 'visible' | 'hidden'

/** All that an answer has said so far, whatever its dialect: a dialect adds to it, the reader judges it. */
export class ModelAnswer {
  /** Content that a user sees. */
  readonly visible: GrowingText = new GrowingText()
  /** Reasoning and tool calls. */
  readonly hidden: GrowingText = new GrowingText()
  /** Pieces that were generated and are no text, such as audio or embeddings. */
  otherPieces = 0
  /** Why the server stopped generating, in its own word; `null` before it has. */
  finishReason: string | null = null
  /** The mark that ends a stream has come: nothing follows. */
  ended = false
  /** What only this dialect can see to be wrong. */
  failure: RequestFailure | null = null
  /** Paths of a described answer that something stood at; `null` where answers are not described by paths. */
  seen: Set<string> | null = null
  inputTokens: number | null = null
  outputTokens: number | null = null
  /** Output tokens so far, as the chunk that is being read tells them; `null` when it does not, or tells none. */
  chunkTokens: number | null = null
  /** Durations that the answer tells, in microseconds. */
  stages: Map<string, number> | null = null

  /** Takes over the counts that are told; what is `null` leaves what was known. */
  usage(inputTokens: number | null, outputTokens: number | null): void {
    this.inputTokens = inputTokens ?? this.inputTokens
    this.outputTokens = outputTokens ?? this.outputTokens
    this.chunkTokens = outputTokens !== null && outputTokens > 0 ? outputTokens : null
  }

  /** Takes over a duration, if it is one. */
  stage(name: string, value: unknown, unitUs: number): void {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return
    this.stages ??= new Map()
    this.stages.set(name, Math.round(value * unitUs))
  }
}
