import type { ColdStartRun } from '../domain/cold-start.ts'
import { median } from '../stats/robust.ts'

/** The starts as plain data, in microseconds. */
export interface ColdStartData {
  readonly schema: 'perf/cold-start@1'
  /** Test name and label. */
  readonly title: string
  readonly runs: readonly ColdStartRun[]
}

/** A few values, one of each start. */
export interface Sample {
  readonly n: number
  readonly mean: number
  /** Sample standard deviation; `null` below two values. */
  readonly sd: number | null
  readonly min: number
  readonly median: number
  readonly max: number
  /** In the order of the starts. */
  readonly values: readonly number[]
}

/** What `coldStart()` found. Milliseconds; what the server did not tell, or no start showed, is `null`, never 0. */
export class ColdStart {
  readonly data: ColdStartData

  constructor(title: string, runs: readonly ColdStartRun[]) {
    this.data = { schema: 'perf/cold-start@1', title, runs }
  }

  /** From the start of the process to the first good answer. */
  get coldStart(): Sample | null {
    return this.#milliseconds(({ coldStartUs }) => coldStartUs)
  }

  /** From the start of the process until it was ready. */
  get ready(): Sample | null {
    return this.#milliseconds(({ readyUs }) => readyUs)
  }

  /** Loading the model, as the server tells it. */
  get modelLoad(): Sample | null {
    return this.#milliseconds(({ modelLoadUs }) => modelLoadUs)
  }

  /** From the first request sent to the end of the first good answer. */
  get firstAnswer(): Sample | null {
    return this.#milliseconds(({ firstAnswerUs }) => firstAnswerUs)
  }

  /** Median latency of the second half of the requests. */
  get steady(): Sample | null {
    return this.#milliseconds(({ steadyUs }) => steadyUs)
  }

  /** Latency of the first good request / steady median. */
  get firstRequestPenalty(): Sample | null {
    return sampleOf(this.data.runs.flatMap(({ firstRequestPenalty }) => firstRequestPenalty ?? []))
  }

  /** Requests before latency was steady; starts that never were have no value. */
  get requestsUntilSteady(): Sample | null {
    return sampleOf(this.data.runs.flatMap(({ untilSteady }) => untilSteady ?? []))
  }

  /** What JSON and snapshots show. */
  toJSON(): ColdStartData {
    return this.data
  }

  #milliseconds(read: (run: ColdStartRun) => number | null): Sample | null {
    return sampleOf(this.data.runs.flatMap((run) => read(run) ?? []).map((us) => us / 1e3))
  }
}

function sampleOf(values: readonly number[]): Sample | null {
  const n = values.length
  if (n === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    n,
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    min: Math.min(...values),
    median: median(values),
    max: Math.max(...values),
    values,
  }
}
