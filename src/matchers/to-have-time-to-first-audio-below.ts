import type { Matcher } from './matcher.ts'
import { streamingMatcher } from './streaming-matcher.ts'

/** The time from the intended start to the first byte of audio, p95 unless told otherwise, is below a limit. */
export const toHaveTimeToFirstAudioBelow: Matcher = streamingMatcher('toHaveTimeToFirstAudioBelow', 'timeToFirstAudio')
