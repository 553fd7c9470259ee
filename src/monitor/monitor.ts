import type { ResourceValues, WatchedResource } from '../domain/resource.ts'

/** Hears of what cannot be read from now on, a sentence each; what was said before is not said again. */
export type NoteListener = (note: string) => void

/** A source of samples. None of its methods throws or blocks for long; what cannot be read is absent. */
export interface Monitor {
  readonly watched: WatchedResource
  /**
   * Looks for what it reads from.
   * @param say hears of what can no longer be read later
   * @returns what cannot be read, a sentence each
   */
  start(say: NoteListener): readonly string[] | Promise<readonly string[]>
  /**
   * Values now; rates are since the last call, and absent from the first.
   * @param nowUs absolute monotonic microseconds
   * @returns `null` where there is nothing to read
   */
  sample(nowUs: number): ResourceValues | null | Promise<ResourceValues | null>
  stop(): void
}
