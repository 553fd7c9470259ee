import type { Matcher } from './matcher.ts'
import { streamingMatcher } from './streaming-matcher.ts'

/** The time to the first token, p95 unless told otherwise, is below a limit. From the intended start on arrival profiles. */
export const toHaveTtftBelow: Matcher = streamingMatcher('toHaveTtftBelow', 'ttft')
