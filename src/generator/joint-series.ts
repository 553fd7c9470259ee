import type { Observation } from '../domain/observation.ts'
import type { EndedRequest, SeriesRecorder } from './series-recorder.ts'

/** What is written down of the iterations of a load, or of one part of a mix. */
export type IterationSeries = Pick<
  SeriesRecorder,
  'request' | 'lag' | 'unsent' | 'sent' | 'bytes' | 'tokens' | 'tokensWithinSlo' | 'ended'
>

/** A part of a load, or a class of its prompts: what happens in it counts for the whole and for the part. */
export class JointSeries implements IterationSeries {
  readonly request: string
  readonly #whole: IterationSeries
  readonly #part: SeriesRecorder

  /** @param request name of what is counted. @default the part's */
  constructor(whole: IterationSeries, part: SeriesRecorder, request: string = part.request) {
    this.request = request
    this.#whole = whole
    this.#part = part
  }

  lag(scheduledAt: number, lagUs: number): void {
    this.#whole.lag(scheduledAt, lagUs)
    this.#part.lag(scheduledAt, lagUs)
  }

  unsent(scheduledAt: number, why: 'dropped' | 'missed'): void {
    this.#whole.unsent(scheduledAt, why)
    this.#part.unsent(scheduledAt, why)
  }

  sent(atUs: number): void {
    this.#whole.sent(atUs)
    this.#part.sent(atUs)
  }

  bytes(atUs: number, count: number): void {
    this.#whole.bytes(atUs, count)
    this.#part.bytes(atUs, count)
  }

  tokens(second: number, window: number, count: number): void {
    this.#whole.tokens(second, window, count)
    this.#part.tokens(second, window, count)
  }

  tokensWithinSlo(second: number, window: number, count: number): void {
    this.#whole.tokensWithinSlo(second, window, count)
    this.#part.tokensWithinSlo(second, window, count)
  }

  ended(request: EndedRequest, stream?: Observation): boolean {
    this.#whole.ended(request, stream)
    return this.#part.ended(request, stream)
  }
}
