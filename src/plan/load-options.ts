import type { AbortRuleOptions } from './abort-options.ts'
import type { AlertOptions } from './alert-options.ts'
import type { Duration } from '../domain/quantity.ts'
import type { MonitorOptions } from './monitor-options.ts'

/**
 * Pause between two iterations of a user: constant, drawn evenly from a range, or drawn from a distribution given by its
 * mean, by mean and standard deviation (what falls below 0 is drawn again), or by its median and the deviation of the
 * logarithm. Every user has random numbers of its own, which follow from the seed.
 */
export type ThinkTime =
  | Duration
  | readonly [Duration, Duration]
  | { readonly exponential: Duration }
  | { readonly normal: readonly [mean: Duration, deviation: Duration] }
  | { readonly lognormal: readonly [median: Duration, sigma: number] }

/** Limits that a request must meet, all of them, to count as goodput. */
export interface SloOptions {
  readonly latency?: Duration
  readonly ttft?: Duration
  readonly tpot?: Duration
}

/** Options that every profile takes. */
export interface CommonLoadOptions {
  /** Tells the loads of one test apart. @default '' for the first load of a test, '2', '3', ... for the next */
  readonly label?: string
  /**
   * Load before the window opens, sent like all other and left out of every number. `'auto'` goes on until the median
   * latency is steady, at most a third of what is measured (for `iterations`, a third of their number).
   * @default 0
   */
  readonly warmup?: Duration | { readonly requests: number } | 'auto'
  /** Load that goes on after the window, so that its last requests end under load. @default 0 */
  readonly cooldown?: Duration
  /** How long running requests may take to end when no more are started; then they count as aborted. @default '30s' */
  readonly gracefulStop?: Duration
  /** Generator processes. @default one for every 3,000 requests/s or 1,000 users, at most the cores less one */
  readonly generators?: number
  /**
   * What happens when a generator process dies or falls silent: the load ends and is invalid, or the other generators
   * go on with its part. What it had not told is lost: the measurement is then suspect, and invalid from over 1 % on.
   * @default 'invalid'
   */
  readonly onLostGenerator?: 'invalid' | 'redeal'
  /** Seed of every random draw. @default 1 */
  readonly seed?: number
  /** Needed by `toHaveGoodputAbove`. */
  readonly slo?: SloOptions
  /**
   * What is watched beside the load; what is left out is taken from the project's. Needed by `toUseCpuBelow`,
   * `toUseMemoryBelow` and `toNotLeakMemory`.
   */
  readonly monitors?: MonitorOptions
  /**
   * Rules that end the load early, each judged once a second; the test then fails with what was measured so far, also
   * where the spec catches the error. One rule, or a list.
   */
  readonly abortOn?: AbortRuleOptions | readonly AbortRuleOptions[]
  /**
   * What is said aloud while the load runs, and marked in its measurement: one alert, or a list, in place of the project's.
   * A number of a resource needs that resource in `monitors`.
   */
  readonly alert?: AlertOptions | readonly AlertOptions[]
  /** What an invalid measurement does to matchers. @default 'fail' */
  readonly onInvalid?: 'fail' | 'warn'
  /**
   * What a weak or inconclusive verdict does. `'rerun'` repeats the load at most twice while its comparison with the runs
   * before it is INCONCLUSIVE, each time adding a run to those that are judged together, and then warns. @default 'warn'
   */
  readonly onInconclusive?: 'warn' | 'fail' | 'rerun'
}

/** What may hold back arrivals. */
interface ArrivalLimits {
  /** Most requests in flight; further arrivals wait, and their latency says so. @default 1000, of bursts twice their size */
  readonly maxUsers?: number
  /** Most waiting arrivals; further ones are dropped and count as errors. @default unbounded */
  readonly maxQueue?: number
}

interface ArrivalOptions extends ArrivalLimits {
  /** Spacing: even, or at random with exponential (Poisson) or gamma-distributed gaps. @default 'uniform' */
  readonly arrivals?: 'uniform' | 'poisson' | 'gamma'
  /**
   * Shape of the gamma distribution of gaps, with `arrivals: 'gamma'` only: 1 is Poisson, below is burstier, above more
   * regular. 0.01 to 1,000. @default 1
   */
  readonly burstiness?: number
}

/** A rate that swings around its centre: rate + amplitude * sin(2 pi t / period), t from the opening of the window. */
interface SineOptions {
  /** Arrivals per second, at most the rate itself. */
  readonly amplitude: number
  readonly period: Duration
}

/** A higher rate for a while. Before, at and after it are three steps, each judged on its own: `run.step(1)`. */
interface SpikeOptions {
  readonly rate: number
  /** When it begins, after the opening of the window. */
  readonly at: Duration
  /** How long the rate stays at the spike's. */
  readonly for: Duration
  /** How long it takes up and down; part of no step. @default 0 */
  readonly ramp?: Duration
}

/**
 * Replay of recorded arrivals. Rows are put in order of time and moved to start at 0. Given the same file as `data` in
 * the order `sequential`, the scenario sends row k at the time of row k: `{{input_length}}` is that arrival's own. A warm-up
 * is the beginning of the trace, a cool-down its end: nothing is sent that the trace does not hold.
 */
interface TraceOptions extends ArrivalLimits {
  /**
   * Path (from the working directory) or file URL of a `.csv`, `.tsv`, `.jsonl`, `.ndjson` or `.json` file; a list of
   * times in milliseconds; or a list of rows with a timestamp.
   */
  readonly trace: string | URL | readonly (number | string | Date)[] | readonly Readonly<Record<string, unknown>>[]
  /** 2 replays twice as fast. @default 1 */
  readonly speed?: number
  /**
   * Unit of timestamps that are numbers. @default found out: by the column's name (`time_s`), by size when they count from
   * 1970; else whole numbers are milliseconds and broken ones seconds, and an error asks where that is not believable
   */
  readonly unit?: 'ns' | 'us' | 'ms' | 's'
  /** Column of the timestamps. @default the first whose name is one such as timestamp, time, ts or arrived_at */
  readonly timeColumn?: string
}

/** How load arrives. One of the shapes; the keys tell which. */
export type LoadOptions = CommonLoadOptions &
  (
    | {
        readonly users: number
        readonly iterations: number
        readonly thinkTime?: ThinkTime
        readonly maxDuration?: Duration
      }
    | {
        readonly users: number
        readonly iterationsPerUser: number
        readonly thinkTime?: ThinkTime
        readonly maxDuration?: Duration
      }
    | {
        readonly users: number
        readonly duration: Duration
        readonly spawnRate?: number
        readonly thinkTime?: ThinkTime
      }
    | ({
        readonly rate: number
        readonly duration: Duration
        /** Not together with `spike`. */
        readonly sine?: SineOptions
        readonly spike?: SpikeOptions
      } & ArrivalOptions)
    | ({
        readonly steps: readonly { readonly rate: number; readonly duration: Duration; readonly ramp?: Duration }[]
      } & ArrivalOptions)
    | {
        readonly steps: readonly { readonly users: number; readonly duration: Duration; readonly ramp?: Duration }[]
        readonly spawnRate?: number
        readonly thinkTime?: ThinkTime
      }
    | ({
        /** Requests that are started at the same instant. A single burst is measured until all of it is answered. */
        readonly burst: number
        /** @default 1 */
        readonly bursts?: number
        /** From one burst to the next. */
        readonly every?: Duration
      } & ArrivalLimits)
    | TraceOptions
  )
