import type { SpecId } from './spec-id.ts'

/** What an engine did for one prompt, as it tells itself. */
export interface EngineAnswer {
  /** Prompt tokens that were read; `null` where it tells none. */
  readonly promptTokens: number | null
  /** Reading the prompt, milliseconds; `null` where it is not told. */
  readonly prefillMs: number | null
  /** Tokens that were generated in `decodeMs`; `null` for an answer that only read a prompt. */
  readonly tokens: number | null
  readonly decodeMs: number | null
  /** Generated tokens that the time of prefill brought along. @default 0 */
  readonly firstTokens?: number
}

/** Rates over the answers, tokens per second. */
export interface EngineRate {
  readonly n: number
  readonly mean: number
  /** Sample standard deviation; `null` below two answers. */
  readonly sd: number | null
}

/** What the server costs against the engine by itself. */
export interface Overhead {
  /** Label of the server's load. */
  readonly load: string
  /** 1 - server tokens/s / engine tokens/s, both for one request at a time; below 0 when the server is faster. */
  readonly share: number
  /** 95 % interval, with an assumed 5 % from run to run on both sides; `null` below two answers of either. */
  readonly interval: readonly [number, number] | null
  /** Generated tokens per second of a request, from its first byte sent to its end. */
  readonly serverTokensPerSecond: number
  /** The same of the engine: generated tokens / (prefill + decode). */
  readonly engineTokensPerSecond: number
  /** Answers of the server and of the engine. */
  readonly n: readonly [number, number]
}

/** An engine without its server. Travels to reporters. */
export interface EngineSummary {
  readonly kind: 'engine'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  /** Runs that were asked for. */
  readonly asked: number
  readonly runs: number
  /** Prompt tokens / prefill; `null` where it was not told. */
  readonly prefill: EngineRate | null
  /** Generated tokens / decode. */
  readonly decode: EngineRate | null
  /** Generated tokens / (prefill + decode). */
  readonly output: EngineRate | null
  /** Against loads of the server, in the order in which they were asked for. */
  readonly overheads: readonly Overhead[]
  /** Sentences for the reader. */
  readonly notes: readonly string[]
  /** `null` while it runs. */
  readonly end: 'done' | 'aborted' | null
}

/** Prompt tokens per second of each answer that tells them. */
export function prefillRates(answers: readonly EngineAnswer[]): number[] {
  return answers.flatMap(({ promptTokens, prefillMs }) => perSecond(promptTokens, prefillMs))
}

/** Tokens per second after the prompt was read. */
export function decodeRates(answers: readonly EngineAnswer[]): number[] {
  return answers.flatMap(({ tokens, decodeMs }) => perSecond(tokens, decodeMs))
}

/** Generated tokens per second of whole answers: what a user of the engine would see. */
export function outputRates(answers: readonly EngineAnswer[]): number[] {
  return answers.flatMap(({ prefillMs, tokens, decodeMs, firstTokens = 0 }) =>
    prefillMs === null || tokens === null || decodeMs === null
      ? []
      : perSecond(tokens + firstTokens, prefillMs + decodeMs),
  )
}

/** `null` without a value. */
export function rateOf(values: readonly number[]): EngineRate | null {
  const n = values.length
  if (n === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { n, mean, sd: n < 2 ? null : Math.sqrt(squares / (n - 1)) }
}

function perSecond(tokens: number | null, ms: number | null): number[] {
  return tokens === null || ms === null || tokens <= 0 || ms <= 0 ? [] : [(tokens * 1e3) / ms]
}
