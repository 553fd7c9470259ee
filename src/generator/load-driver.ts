import type { Timeline } from '../plan/timeline.ts'
import type { Lane } from '../plan/pacer.ts'
import type { GeneratorPart } from '../pool/protocol.ts'
import type { PacedSource } from './pacing-loop.ts'

/** Why a driver starts nothing more: the plan is over, or somebody asked for the end. */
export type StopCause = 'time-up' | 'asked'

/** Decides when iterations start. */
export interface LoadDriver extends PacedSource {
  /** Users at work: thinking ones on user profiles, busy ones on arrival profiles. */
  readonly usersActive: number
  /** Arrivals that wait for a user. */
  readonly queued: number
  /** True when nothing more will be started. */
  readonly exhausted: boolean
  /** The end of a warm-up by requests is known. */
  retime(timeline: Timeline): void
  /** Starts nothing more but what already waits. */
  stop(cause: StopCause): void
  /** Gives up what waits. */
  abandon(): void
}

/** A generator's share of something that is dealt to at most `capacity` generators; `null` when nothing is left for it. */
export function laneOf(part: GeneratorPart, capacity: number): Lane | null {
  const count = Math.min(part.count, capacity)
  return part.index < count ? { index: part.index, count } : null
}
