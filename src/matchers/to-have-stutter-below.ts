import type { Matcher } from './matcher.ts'
import { streamingMatcher } from './streaming-matcher.ts'

/** A player that starts with the first audio stands still for less than a limit in all, at p95 unless told otherwise. */
export const toHaveStutterBelow: Matcher = streamingMatcher('toHaveStutterBelow', 'stutter')
