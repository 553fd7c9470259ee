import type { SeriesLevel } from '../domain/measurement.ts'
import type { Observation } from '../domain/observation.ts'
import type { Random } from '../domain/random.ts'

/** Bytes of one file: at some three hundred a row, three million requests. */
const MOST_BYTES = 1e9
/** Rows are handed to the disk in pieces of this size, and once a second. */
const PIECE = 65_536

/** Where rows go, and what they go on about. */
export interface RequestRowsParts {
  /** Appends to the file at once. @throws where the disk is full or the place is none */
  readonly append: (text: string) => void
  /** Part of the requests that get a row, over 0 to 1. */
  readonly share: number
  readonly random: Random
  /** Says a sentence to the user. */
  readonly note: (message: string) => void
  /** @default 1 GB */
  readonly mostBytes?: number
}

/** A request as a row tells of it beside its observation. */
export interface EndedRow {
  readonly name: string
  readonly level: SeriesLevel
  /** Index of the step's window in which it was due; -1 outside of them. */
  readonly window: number
  /** When it counts as ended. */
  readonly endUs: number
  /** The request whose stream stands for it. */
  readonly stream: Observation
  /** `null` where there is no SLO. */
  readonly withinSlo: boolean | null
}

/**
 * Writes a line of JSON for each request, as it ends. Memory does not grow with requests; a file that cannot be written or is
 * full is given up and said once, and the load goes on.
 */
export class RequestRows {
  readonly #parts: RequestRowsParts
  #pending = ''
  #bytes = 0
  #over = false

  constructor(parts: RequestRowsParts) {
    this.#parts = parts
  }

  /** The first line of the file: what all others have in common. */
  head(facts: Readonly<Record<string, string | number>>): void {
    this.#add(`${JSON.stringify({ kind: 'load', ...facts, share: this.#parts.share })}\n`)
    this.flush()
  }

  ended(observation: Observation, { name, level, window, endUs, stream, withinSlo }: EndedRow): void {
    if (this.#skips()) return
    const { scheduledAt, dispatchedAt, sentAt, firstByteAt, bytesReceived, inputTokens, outputTokens, failure } =
      observation
    // By hand: JSON.stringify of an object takes three times as long, and this is the generator's own time.
    this.#add(
      `{"kind":"${level}","request":${JSON.stringify(name)},"window":${window},"scheduled_us":${scheduledAt},` +
        `"dispatched_us":${dispatchedAt},"sent_us":${sentAt},"first_byte_us":${firstByteAt},` +
        `"first_token_us":${stream.firstDeltaAt},"ended_us":${endUs},"latency_us":${endUs - scheduledAt},` +
        `"outcome":"${failure === null ? 'good' : 'failed'}","failure":${failure === null ? null : JSON.stringify(failure.kind)},` +
        `"detail":${failure === null ? null : JSON.stringify(failure.detail)},"within_slo":${withinSlo},` +
        `"bytes":${bytesReceived},"input_tokens":${inputTokens},"output_tokens":${outputTokens}}\n`,
    )
  }

  unsent(name: string, level: SeriesLevel, window: number, scheduledAt: number, why: 'dropped' | 'missed'): void {
    if (this.#skips()) return
    this.#add(
      `{"kind":"${level}","request":${JSON.stringify(name)},"window":${window},"scheduled_us":${scheduledAt},` +
        `"dispatched_us":null,"sent_us":null,"first_byte_us":null,"first_token_us":null,"ended_us":null,"latency_us":null,` +
        `"outcome":"${why}","failure":null,"detail":null,"within_slo":null,"bytes":0,"input_tokens":null,"output_tokens":null}\n`,
    )
  }

  /** Hands what is there to the disk. */
  flush(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    try {
      this.#parts.append(text)
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error))
    }
  }

  #skips(): boolean {
    const { share, random } = this.#parts
    return this.#over || (share < 1 && random() >= share)
  }

  #add(line: string): void {
    const { mostBytes = MOST_BYTES } = this.#parts
    // Texts are nearly all ASCII; a few bytes more do no harm.
    if (this.#bytes + line.length > mostBytes) {
      this.flush()
      if (!this.#over) this.#end(`the file has ${Math.round(mostBytes / 1e6)} MB`)
      return
    }
    this.#bytes += line.length
    this.#pending += line
    if (this.#pending.length >= PIECE) this.flush()
  }

  #end(why: string): void {
    this.#over = true
    this.#pending = ''
    this.#parts.note(`rows of requests end here: ${why}`)
  }
}
