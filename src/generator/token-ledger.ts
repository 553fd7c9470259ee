import type { Observation } from '../domain/observation.ts'
import type { IterationSeries } from './joint-series.ts'
import { endOf } from './series-recorder.ts'

interface Entry {
  readonly second: number
  readonly window: number
  tokens: number
}

type TokenSeries = Pick<IterationSeries, 'tokens' | 'tokensWithinSlo'>

/**
 * Where the tokens of one request were counted, so that they can be corrected. Each delta counts as one token when it
 * arrives: a rate must not wait for the end of long answers. At a good end the true count replaces that, spread over
 * the seconds of the deltas; at a failure everything is taken back.
 */
export class TokenLedger {
  readonly #series: readonly TokenSeries[]
  readonly #windowAt: (us: number) => number
  readonly #entries: Entry[] = []
  #deltas = 0

  constructor(series: readonly TokenSeries[], windowAt: (us: number) => number) {
    this.#series = series
    this.#windowAt = windowAt
  }

  /** A delta arrived. */
  delta(atUs: number): void {
    this.#deltas++
    this.#add(this.#entryAt(atUs), 1)
  }

  /** The request ended well with this many tokens; `null` when nobody knows how many, which counts as none. */
  settle(tokens: number | null, endUs: number): void {
    if (tokens !== null && this.#deltas === 0) return this.#add(this.#entryAt(endUs), tokens)
    let deltas = 0
    let settled = 0
    for (const entry of this.#entries) {
      deltas += entry.tokens
      // Rounded cumulatively, so that whole tokens add up to exactly the true count.
      const upTo = Math.round(((tokens ?? 0) * deltas) / this.#deltas)
      const share = upTo - settled
      settled = upTo
      this.#add(entry, share - entry.tokens)
    }
  }

  /** The request has ended, well or not. */
  settleWith(observation: Observation): void {
    if (observation.failure === null) this.settle(observation.outputTokens, endOf(observation))
    else this.takeBack()
  }

  /** None of these tokens count: in all series, or only in the given one (the request was good, its iteration failed). */
  takeBack(from: readonly TokenSeries[] = this.#series): void {
    for (const { second, window, tokens } of this.#entries)
      for (const series of from) series.tokens(second, window, -tokens)
  }

  /** The settled request, or the iteration of the given series, met the SLO: its tokens count as such where they arrived. */
  metSlo(to: readonly TokenSeries[] = this.#series): void {
    for (const { second, window, tokens } of this.#entries)
      for (const series of to) series.tokensWithinSlo(second, window, tokens)
  }

  #entryAt(us: number): Entry {
    const second = Math.floor(us / 1e6)
    const window = this.#windowAt(us)
    const last = this.#entries.at(-1)
    if (last !== undefined && last.second === second && last.window === window) return last
    const entry = { second, window, tokens: 0 }
    this.#entries.push(entry)
    return entry
  }

  #add(entry: Entry, tokens: number): void {
    if (tokens === 0) return
    entry.tokens += tokens
    for (const series of this.#series) series.tokens(entry.second, entry.window, tokens)
  }
}
