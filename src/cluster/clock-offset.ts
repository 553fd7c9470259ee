/** One ping of another machine's clock. */
export interface ClockPing {
  /** By the own clock, microseconds. */
  readonly sentUs: number
  readonly receivedUs: number
  /** By the other's clock, somewhere between the two. */
  readonly remoteUs: number
}

/** What is known of another machine's monotonic clock. */
export interface ClockReading {
  /** Its clock minus the own one, microseconds. */
  readonly offsetUs: number
  /** Of the ping that it comes from: the offset is wrong by half of it at most. */
  readonly roundTripUs: number
}

/** Clocks drift apart by up to 50 microseconds a second: what is older says less than a slower ping. */
const KEPT_US = 60e6

/**
 * How far another machine's clock is from the own one, from pings over a path whose two ways may take different times.
 * The quickest ping of the last minute tells best: what waited in a queue tells the queue's length.
 * @see RFC 5905, section 10, the clock filter
 */
export class ClockOffset {
  #pings: (ClockReading & { readonly atUs: number })[] = []

  /** Pings of the last minute. */
  get count(): number {
    return this.#pings.length
  }

  /** `null` before the first ping has been answered. */
  get best(): ClockReading | null {
    const quickest = this.#pings.toSorted((a, b) => a.roundTripUs - b.roundTripUs)[0]
    return quickest === undefined ? null : { offsetUs: quickest.offsetUs, roundTripUs: quickest.roundTripUs }
  }

  add({ sentUs, receivedUs, remoteUs }: ClockPing): void {
    this.#pings = this.#pings.filter(({ atUs }) => receivedUs - atUs < KEPT_US)
    this.#pings.push({
      atUs: receivedUs,
      offsetUs: Math.round(remoteUs - (sentUs + receivedUs) / 2),
      roundTripUs: receivedUs - sentUs,
    })
  }
}
