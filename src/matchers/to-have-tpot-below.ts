import type { Matcher } from './matcher.ts'
import { streamingMatcher } from './streaming-matcher.ts'

/** The time per output token after the first, p95 unless told otherwise, is below a limit per token. */
export const toHaveTpotBelow: Matcher = streamingMatcher('toHaveTpotBelow', 'tpot')
