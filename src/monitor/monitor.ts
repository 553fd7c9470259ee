import type { ResourceValues, WatchedResource } from '../domain/resource.ts'

/** A source of samples. None of its methods throws or blocks for long; what cannot be read is absent. */
export interface Monitor {
  readonly watched: WatchedResource
  /** Looks for what it reads from. @returns what cannot be read, a sentence each */
  start(): readonly string[] | Promise<readonly string[]>
  /**
   * Values now; rates are since the last call, and absent from the first.
   * @param nowUs absolute monotonic microseconds
   * @returns `null` where there is nothing to read
   */
  sample(nowUs: number): ResourceValues | null | Promise<ResourceValues | null>
  stop(): void
}
