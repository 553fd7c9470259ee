/** Shorter pauses are bridged by the buffer of any sound card. */
const SHORTEST_PAUSE_US = 10_000

/**
 * A player that starts with the first audio and stands still whenever what has come is played out before more comes.
 */
export class Playback {
  #startUs: number | null = null
  /** When all that has come will have been played. */
  #playedOutUs = 0
  #audioUs = 0
  #stutterUs = 0

  /** When audio first came; `null` before. */
  get startUs(): number | null {
    return this.#startUs
  }

  /** How long the player stood still, microseconds. */
  get stutterUs(): number {
    return this.#stutterUs
  }

  /** At this time there is this much audio in all. */
  arrived(atUs: number, audioUs: number): void {
    if (this.#startUs === null) this.#startUs = this.#playedOutUs = atUs
    const pauseUs = atUs - this.#playedOutUs
    if (pauseUs > 0) {
      if (pauseUs >= SHORTEST_PAUSE_US) this.#stutterUs += pauseUs
      this.#playedOutUs = atUs
    }
    this.#playedOutUs += audioUs - this.#audioUs
    this.#audioUs = audioUs
  }
}
