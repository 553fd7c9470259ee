import type { Matcher } from './matcher.ts'
import { streamingMatcher } from './streaming-matcher.ts'

/** The gap between two chunks of an answer, p95 unless told otherwise, is below a limit. */
export const toHaveInterChunkLatencyBelow: Matcher = streamingMatcher(
  'toHaveInterChunkLatencyBelow',
  'interChunkLatency',
)
