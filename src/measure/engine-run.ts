import {
  decodeRates,
  type EngineAnswer,
  type EngineRate,
  type Overhead,
  outputRates,
  prefillRates,
  rateOf,
} from '../domain/engine-run.ts'
import { EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import { LoadError } from '../domain/load-error.ts'
import type { MeasurementData, SeriesData } from '../domain/measurement.ts'
import { REQUEST_METRICS } from '../domain/metric.ts'
import { type FurtherVariance, ratioOf } from '../stats/log-sample.ts'

/** Each side is one run: as in every comparison, 5 % from run to run is assumed, of both. */
const BETWEEN_RUNS: FurtherVariance = { variance: 2 * 0.05 ** 2, df: 4 }

/** The answers as plain data. */
export interface EngineData {
  readonly schema: 'perf/engine@1'
  /** Test name and label. */
  readonly title: string
  readonly answers: readonly EngineAnswer[]
}

/** A load of the server, or a part of one. */
interface ServerLoad {
  readonly data: MeasurementData
  readonly series: SeriesData
}

/** What `withoutServer()` found. Tokens per second; what the engine does not tell is `null`, never 0. */
export class EngineRun {
  readonly data: EngineData
  readonly #told: (overhead: Overhead) => void

  /** @param told hears of every overhead that is asked for */
  constructor(data: EngineData, told: (overhead: Overhead) => void) {
    this.data = data
    this.#told = told
  }

  /** Prompt tokens / time of reading them. */
  get prefillTokensPerSecond(): EngineRate | null {
    return rateOf(prefillRates(this.data.answers))
  }

  /** Generated tokens / time of generating them. */
  get decodeTokensPerSecond(): EngineRate | null {
    return rateOf(decodeRates(this.data.answers))
  }

  /** Generated tokens / (prefill + decode) of an answer: what compares with a request to the server. */
  get outputTokensPerSecond(): EngineRate | null {
    return rateOf(outputRates(this.data.answers))
  }

  /**
   * What the server costs: 1 - its tokens/s / the engine's, of single requests that generate the same from the same
   * prompts. Both sides are compared by their geometric means.
   * @param run a load of the server by one user
   * @throws LoadError `not-measured` when either side tells no tokens per second of whole answers, or the load is invalid
   */
  overhead(run: ServerLoad): Overhead {
    const { validity } = run.data
    if (validity.state === 'invalid') {
      const reasons = validity.findings.map(({ message }) => message).join('; ')
      throw new LoadError('not-measured', `overhead(run): the load is invalid: ${reasons}`)
    }
    const engine = outputRates(this.data.answers)
    const server = serverRates(run.series)
    if (engine.length === 0) {
      throw new LoadError(
        'not-measured',
        'overhead(run): the engine told no whole answer: prefill, tokens and decode',
        {
          hint: 'llama-bench measures prefill and decode apart; llama-cli or your own command tells both of each answer',
        },
      )
    }
    if (server.length === 0) {
      throw new LoadError('not-measured', 'overhead(run): no request of this load told its generated tokens')
    }
    const ratio = ratioOf(server, engine, 0.025, BETWEEN_RUNS)
    const [serverMean, engineMean] = [geometricMean(server), geometricMean(engine)]
    const overhead: Overhead = {
      load: run.data.plan.label,
      share: 1 - serverMean / engineMean,
      interval: ratio === null ? null : [1 - ratio.upper, 1 - ratio.lower],
      serverTokensPerSecond: serverMean,
      engineTokensPerSecond: engineMean,
      n: [server.length, engine.length],
    }
    this.#told(overhead)
    return overhead
  }

  /** What JSON and snapshots show. */
  toJSON(): EngineData {
    return this.data
  }
}

function serverRates({ distributions }: SeriesData): number[] {
  const { values, counts } = distributions.tokensPerSecond ?? EMPTY_DISTRIBUTION
  const { scale } = REQUEST_METRICS.tokensPerSecond
  return values.flatMap((value, i) => (value > 0 ? Array.from({ length: counts[i]! }, () => value / scale) : []))
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
