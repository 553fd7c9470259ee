import * as z from 'zod'
import type { EngineAnswer } from '../domain/engine-run.ts'
import { atPath } from '../scenarios/json-path.ts'

/** The numbers that an answer is made of. */
type EngineNumber = 'promptTokens' | 'prefillMs' | 'tokens' | 'decodeMs'

/** How an engine's output tells tokens and times. */
export type EngineReading =
  /** The timing lines of llama.cpp's programs; the first token comes with the prompt's evaluation. */
  | 'llama.cpp'
  /** `llama-bench -o jsonl` (or `json`): prefill and decode are measured apart, several samples of each. */
  | 'llama-bench'
  /** Patterns whose first group is the number; what none matches is not told. Each match is an answer of its own. */
  | (Readonly<Partial<Record<EngineNumber, RegExp>>> & { readonly firstTokens?: number })
  /** Paths into each line that is JSON and has one of them. */
  | { readonly json: Readonly<Partial<Record<EngineNumber, string>>>; readonly firstTokens?: number }

const pattern = z.instanceof(RegExp, { error: 'takes a pattern' }).optional()
const path = z.string('takes a path').min(1).optional()
const firstTokens = z.int('takes a whole number').min(0).optional()

/** Schema of the option `read`. */
export const ENGINE_READING: z.ZodType = z.union(
  [
    z.enum(['llama.cpp', 'llama-bench']),
    z.strictObject({
      json: z.strictObject({ promptTokens: path, prefillMs: path, tokens: path, decodeMs: path }),
      firstTokens,
    }),
    z.strictObject({ promptTokens: pattern, prefillMs: pattern, tokens: pattern, decodeMs: pattern, firstTokens }),
  ],
  "takes 'llama.cpp', 'llama-bench', { tokens, decodeMs, ... } of patterns, or { json: { tokens, decodeMs, ... } } of paths",
)

/**
 * `llama_perf_context_print: prompt eval time = 927.17 ms / 49 tokens (...)` and `eval time = 14085.85 ms / 178 runs (...)`;
 * older programs say `llama_print_timings`, llama-server says nothing in front.
 */
const LLAMA_CPP: EngineReading = {
  promptTokens: /prompt eval time\s*=\s*[\d.]+ ms \/\s*(\d+) tokens/,
  prefillMs: /prompt eval time\s*=\s*([\d.]+) ms/,
  tokens: /(?<!prompt )eval time\s*=\s*[\d.]+ ms \/\s*(\d+) (?:runs|tokens)/,
  decodeMs: /(?<!prompt )eval time\s*=\s*([\d.]+) ms/,
  firstTokens: 1,
}

/** A function that reads answers out of what an engine printed; none where it finds no number. */
export function engineReader(reading: EngineReading): (output: string) => EngineAnswer[] {
  if (reading === 'llama.cpp') return engineReader(LLAMA_CPP)
  if (reading === 'llama-bench') return benchAnswers
  if (!('json' in reading)) return (output) => matchedAnswers(reading, output)
  const { json, firstTokens: first = 0 } = reading
  return (output) =>
    jsonLines(output).flatMap((line) => {
      const number = (name: EngineNumber): number | null => {
        const value = json[name] === undefined ? null : atPath(line, json[name])
        return typeof value === 'number' && Number.isFinite(value) ? value : null
      }
      return told({
        promptTokens: number('promptTokens'),
        prefillMs: number('prefillMs'),
        tokens: number('tokens'),
        decodeMs: number('decodeMs'),
        firstTokens: first,
      })
    })
}

/** An engine that answers several prompts prints its numbers several times, in order. */
function matchedAnswers(patterns: Exclude<EngineReading, string | { json: unknown }>, output: string): EngineAnswer[] {
  const all = (name: EngineNumber): number[] => {
    const given = patterns[name]
    if (given === undefined) return []
    const global = new RegExp(given.source, `${given.flags.replaceAll(/[gy]/g, '')}g`)
    return [...output.matchAll(global)].map((match) => Number(match[1])).filter(Number.isFinite)
  }
  const columns = {
    promptTokens: all('promptTokens'),
    prefillMs: all('prefillMs'),
    tokens: all('tokens'),
    decodeMs: all('decodeMs'),
  }
  const most = Math.max(...Object.values(columns).map(({ length }) => length))
  return Array.from({ length: most }, (_, i) => i).flatMap((i) =>
    told({
      promptTokens: columns.promptTokens[i] ?? null,
      prefillMs: columns.prefillMs[i] ?? null,
      tokens: columns.tokens[i] ?? null,
      decodeMs: columns.decodeMs[i] ?? null,
      firstTokens: patterns.firstTokens ?? 0,
    }),
  )
}

/** A row of llama-bench with `n_gen` 0 reads prompts, one with `n_prompt` 0 generates; one with both tells neither apart. */
function benchAnswers(output: string): EngineAnswer[] {
  return jsonLines(output)
    .flatMap((line) => (Array.isArray(line) ? (line as unknown[]) : [line]))
    .flatMap((row): EngineAnswer[] => {
      const { n_prompt: prompt, n_gen: generated, samples_ns: samples } = row as Readonly<Record<string, unknown>>
      if (typeof prompt !== 'number' || typeof generated !== 'number' || !Array.isArray(samples)) return []
      const times = samples.filter((ns): ns is number => typeof ns === 'number').map((ns) => ns / 1e6)
      if (generated === 0) {
        return times.map((ms) => ({ promptTokens: prompt, prefillMs: ms, tokens: null, decodeMs: null }))
      }
      return prompt === 0
        ? times.map((ms) => ({ promptTokens: null, prefillMs: null, tokens: generated, decodeMs: ms }))
        : []
    })
}

function told(answer: EngineAnswer): EngineAnswer[] {
  return answer.prefillMs === null && answer.decodeMs === null ? [] : [answer]
}

/** Lines that are JSON objects; a whole output that is JSON counts as one. */
function jsonLines(output: string): object[] {
  const whole = parsed(output)
  return whole === null ? output.split(/\r?\n/).flatMap((line) => parsed(line) ?? []) : [whole]
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
