/* Importing this file registers the perf matchers; again is no harm. */
import { expect } from 'vitest'
import type { PerfMatchers } from './augmentation.ts'
import type { Matcher } from './matcher.ts'
import { toAgreeWith } from './to-agree-with.ts'
import { toBeFasterThan } from './to-be-faster-than.ts'
import { toHaveCounterRateAbove } from './to-have-counter-rate-above.ts'
import { toHaveCounterRateBelow } from './to-have-counter-rate-below.ts'
import { toColdStartWithin } from './to-cold-start-within.ts'
import { toHaveErrorRateBelow } from './to-have-error-rate-below.ts'
import { toHaveGoodputAbove } from './to-have-goodput-above.ts'
import { toHaveInterChunkLatencyBelow } from './to-have-inter-chunk-latency-below.ts'
import { toHaveMaxBelow } from './to-have-max-below.ts'
import { toHaveMeanBelow } from './to-have-mean-below.ts'
import { toHaveNoErrors } from './to-have-no-errors.ts'
import { toHaveOverheadBelow } from './to-have-overhead-below.ts'
import {
  toHaveP50Below,
  toHaveP90Below,
  toHaveP95Below,
  toHaveP99Below,
  toHaveP999Below,
  toHavePercentileBelow,
} from './to-have-percentile-below.ts'
import { toHaveRealTimeFactorBelow } from './to-have-real-time-factor-below.ts'
import { toHaveStutterBelow } from './to-have-stutter-below.ts'
import { toHaveTimeToFirstAudioBelow } from './to-have-time-to-first-audio-below.ts'
import { toHaveTimeoutRateBelow } from './to-have-timeout-rate-below.ts'
import { toHaveTokenGoodputAbove } from './to-have-token-goodput-above.ts'
import { toHaveTpotBelow } from './to-have-tpot-below.ts'
import { toHaveTtftBelow } from './to-have-ttft-below.ts'
import { toMatchBaseline } from './to-match-baseline.ts'
import { toNotRegress } from './to-not-regress.ts'
import { toNotLeakMemory } from './to-not-leak-memory.ts'
import { toStaySteady } from './to-stay-steady.ts'
import { toHaveWordErrorRateBelow } from './to-have-word-error-rate-below.ts'
import { toRecoverWithin } from './to-recover-within.ts'
import { toSustainCharsPerSecond } from './to-sustain-chars-per-second.ts'
import { toSustainQps } from './to-sustain-qps.ts'
import { toSustainTokensPerSecond } from './to-sustain-tokens-per-second.ts'
import { toUseCpuBelow } from './to-use-cpu-below.ts'
import { toKeepGpuBusyAbove } from './to-keep-gpu-busy-above.ts'
import { toUseGpuMemoryBelow } from './to-use-gpu-memory-below.ts'
import { toUseMemoryBelow } from './to-use-memory-below.ts'

const matchers: Readonly<Record<keyof PerfMatchers, Matcher>> = {
  toHaveP50Below,
  toHaveP90Below,
  toHaveP95Below,
  toHaveP99Below,
  toHaveP999Below,
  toHavePercentileBelow,
  toHaveMeanBelow,
  toHaveMaxBelow,
  toSustainQps,
  toSustainTokensPerSecond,
  toHaveGoodputAbove,
  toHaveTokenGoodputAbove,
  toHaveTtftBelow,
  toHaveTpotBelow,
  toHaveInterChunkLatencyBelow,
  toSustainCharsPerSecond,
  toHaveRealTimeFactorBelow,
  toHaveTimeToFirstAudioBelow,
  toHaveStutterBelow,
  toHaveWordErrorRateBelow,
  toHaveCounterRateAbove,
  toHaveCounterRateBelow,
  toHaveErrorRateBelow,
  toHaveTimeoutRateBelow,
  toHaveNoErrors,
  toRecoverWithin,
  toUseCpuBelow,
  toUseMemoryBelow,
  toUseGpuMemoryBelow,
  toKeepGpuBusyAbove,
  toStaySteady,
  toNotLeakMemory,
  toNotRegress,
  toMatchBaseline,
  toBeFasterThan,
  toColdStartWithin,
  toHaveOverheadBelow,
  toAgreeWith,
}

/** All matchers by name: also the names that the declarative form takes as expectations. */
export const MATCHERS: Readonly<Record<string, Matcher>> = matchers

expect.extend({ ...MATCHERS })
