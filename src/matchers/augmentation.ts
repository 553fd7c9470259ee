// oxlint-disable-next-line import/no-empty-named-blocks, unicorn/require-module-specifiers -- loads the module that is augmented below; an augmentation alone does not
import type {} from 'vitest'
import type { Duration, Share } from '../domain/quantity.ts'
import type { ServerMetrics } from '../domain/server-metrics.ts'
import type { EngineRun } from '../measure/engine-run.ts'
import type { ColdStart } from '../measure/cold-start.ts'
import type { MeasurementView } from '../measure/measurement.ts'
import type { ComparedSide } from '../measure/paired-comparison.ts'
import type { DeclaredSlo } from './declared-slo.ts'
import type { PercentileOptions } from './streaming-matcher.ts'
import type { AgreementOptions } from './to-agree-with.ts'
import type { FasterOptions } from './to-be-faster-than.ts'
import type { RecoveryOptions } from './to-recover-within.ts'
import type { BaselineOptions } from './to-match-baseline.ts'
import type { RegressionOptions } from './regression-options.ts'
import type { ResourceOptions } from './resource-claim.ts'
import type { LeakOptions } from './to-not-leak-memory.ts'
import type { SteadyOptions } from './to-stay-steady.ts'
import type { CpuLimit } from './to-use-cpu-below.ts'
import type { MemoryLimit } from './to-use-memory-below.ts'

/**
 * Claims about a measurement, or about `run.step(i)`, `run.scenario(name)`, `run.stage(name)`. Failed, dropped and missed
 * requests rank as infinitely slow. Numbers that may not be judged throw `cannot judge`, also under `.not`.
 *
 * A claim about a load of several services holds when it holds for every service, and its negation when the negation
 * holds for every service. Claims of rates and `toBeFasterThan` take one service: `run.scenario(name)`.
 */
export interface PerfMatchers<R = void> {
  toHaveP50Below: (limit: Duration) => R
  toHaveP90Below: (limit: Duration) => R
  toHaveP95Below: (limit: Duration) => R
  toHaveP99Below: (limit: Duration) => R
  toHaveP999Below: (limit: Duration) => R
  /** `p` above 0 and below 100. */
  toHavePercentileBelow: (p: number, limit: Duration) => R
  /** One failed request makes a mean infinite. */
  toHaveMeanBelow: (limit: Duration) => R
  toHaveMaxBelow: (limit: Duration) => R
  /** Arrival profiles: `n` was asked for and 99 % of the arrivals were good. User profiles: `n` good ones per second. */
  toSustainQps: (n: number) => R
  toSustainTokensPerSecond: (n: number) => R
  /** Needs `slo` in `load()`. */
  toHaveGoodputAbove: (n: number, slo?: DeclaredSlo) => R
  /** Output tokens per second of requests that met the SLO; needs `slo` in `load()`. */
  toHaveTokenGoodputAbove: (n: number, slo?: DeclaredSlo) => R
  toHaveTtftBelow: (limit: Duration, options?: PercentileOptions) => R
  /** Per token. */
  toHaveTpotBelow: (limit: Duration, options?: PercentileOptions) => R
  toHaveInterChunkLatencyBelow: (limit: Duration, options?: PercentileOptions) => R
  /** Characters of complete speech per second. */
  toSustainCharsPerSecond: (n: number) => R
  /** Time of a request / seconds of audio, produced or sent. */
  toHaveRealTimeFactorBelow: (ratio: number, options?: PercentileOptions) => R
  /** To the first byte of audio after the container's header. */
  toHaveTimeToFirstAudioBelow: (limit: Duration, options?: PercentileOptions) => R
  /** How long playback would stand still; a pause under 10 ms is none. */
  toHaveStutterBelow: (limit: Duration, options?: PercentileOptions) => R
  /** Wrong words of all transcripts / words of all references; characters in scripts without spaces. */
  toHaveWordErrorRateBelow: (share: Share) => R
  /**
   * Share of the good answers that told more than 0 under this name of the option `counters`. Answers that did not tell it
   * count against the claim.
   */
  toHaveCounterRateAbove: (counter: string, share: Share) => R
  toHaveCounterRateBelow: (counter: string, share: Share) => R
  /** Failed, dropped and missed of all attempted. */
  toHaveErrorRateBelow: (share: Share) => R
  toHaveTimeoutRateBelow: (share: Share) => R
  toHaveNoErrors: () => R
  /** Latency and throughput drift by less than 5 % over the window; takes ten minutes to be judged. */
  toStaySteady: (options?: SteadyOptions) => R
  /** Of a process and its descendants; needs `monitors: { process }` in `load()`; takes ten minutes to be judged. */
  toNotLeakMemory: (options?: LeakOptions) => R
  /**
   * Percent are of all cores for the host, of one core for a process, of its limit for a container; a number counts cores.
   * Needs `monitors`.
   */
  toUseCpuBelow: (limit: CpuLimit, options?: ResourceOptions) => R
  /**
   * Of a process the resident memory of its whole tree; percent are of the machine's, or of the limit of a container. Needs
   * `monitors`.
   */
  toUseMemoryBelow: (limit: MemoryLimit, options?: ResourceOptions) => R
  /** A size, or percent of the GPU's own memory; of every watched GPU unless `of` names one. Needs `monitors: { gpu }`. */
  toUseGpuMemoryBelow: (limit: MemoryLimit, options?: ResourceOptions) => R
  /** Share of time with a kernel on it, `stat: 'mean'` unless said otherwise; of every watched GPU unless `of` names one. */
  toKeepGpuBusyAbove: (share: Share, options?: ResourceOptions) => R
  /** From the fault to the first of two five-second windows that meet the SLO; known to a second. */
  toRecoverWithin: (limit: Duration, options?: RecoveryOptions) => R
  /** Only REGRESSED fails; `-u` accepts. Of what `compare()` returned: `b` against `a`. */
  toNotRegress: (options?: RegressionOptions) => R
  /** Not worse than the baseline of this name by the tolerance (5 %) or more. */
  toMatchBaseline: (name: string, options?: BaselineOptions) => R
  /** By median latency; cold starts by the time to the first good answer. */
  toBeFasterThan: (other: MeasurementView | ColdStart | ComparedSide, options?: FasterOptions) => R
  /** Of cold starts: every one, from the start of the process to the first good answer. */
  toColdStartWithin: (limit: Duration) => R
  /**
   * Requests, errors, tokens and durations are the same at client and server, over the whole load: `statsd({ requests:
   * 'requests.total' })` or `prometheus()`. Needs `monitors`. What the server lost cannot be compared.
   */
  toAgreeWith: (metrics: ServerMetrics, options?: AgreementOptions) => R
  /** Share of the engine's own tokens per second that the server takes; of a load by one user. */
  toHaveOverheadBelow: (share: Share, engine: EngineRun) => R
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- Vitest's assertions are typed through Chai's namespace
  namespace Chai {
    interface Assertion extends PerfMatchers {}
  }
}

declare module 'vitest' {
  interface AsymmetricMatchersContaining extends PerfMatchers<unknown> {}
}
