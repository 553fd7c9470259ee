import { describe, expect, test } from 'vitest'
import { engineLines } from '../../../reporters/terminal/engine-view.ts'
import type { EngineAnswer, EngineSummary } from '../../../src/domain/engine-run.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import '../../../src/matchers/register.ts'
import { EngineRun } from '../../../src/measure/engine-run.ts'
import { type EngineReading, engineReader } from '../../../src/spec/engine-reader.ts'
import { type EngineSession, withoutServer } from '../../../src/spec/without-server.ts'
import { INVALID, measured, plan, series, TWENTY_USERS } from '../../support/measurement-builder.ts'

/** As llama-cli prints them. */
const LLAMA_CLI = `llama_perf_sampler_print:    sampling time =      24.62 ms /   227 runs   (    0.11 ms per token,  9220.90 tokens per second)
llama_perf_context_print:        load time =     618.92 ms
llama_perf_context_print: prompt eval time =     927.17 ms /    49 tokens (   18.92 ms per token,    52.85 tokens per second)
llama_perf_context_print:        eval time =   14085.85 ms /   178 runs   (   79.13 ms per token,    12.64 tokens per second)
llama_perf_context_print:       total time =   20699.49 ms /   227 tokens
`
/** As llama-bench -o jsonl prints them, shortened. */
const LLAMA_BENCH = `{"model_type": "qwen2 7B Q4_0", "n_prompt": 512, "n_gen": 0, "avg_ns": 70000000, "samples_ns": [ 71000000, 69000000 ]}
{"model_type": "qwen2 7B Q4_0", "n_prompt": 0, "n_gen": 128, "avg_ns": 920000000, "samples_ns": [ 900000000, 940000000 ]}
{"model_type": "qwen2 7B Q4_0", "n_prompt": 512, "n_gen": 128, "samples_ns": [ 990000000 ]}
`

class VirtualSession implements EngineSession {
  readonly controller = new AbortController()
  readonly told: EngineSummary[] = []

  get signal(): AbortSignal {
    return this.controller.signal
  }

  beginSearch(label: string) {
    return {
      specId: { file: 'a.perf.ts', path: ['engine'], label },
      tell: (summary: SearchSummary) => this.told.push(summary as EngineSummary),
    }
  }
}

const noCommand = (): Promise<string> => Promise.reject(new Error('no command'))
const answer = (tokens: number, decodeMs: number): EngineAnswer => ({
  promptTokens: 10,
  prefillMs: 100,
  tokens,
  decodeMs,
})

describe('what an engine prints', () => {
  test.each<[EngineReading, string, EngineAnswer[]]>([
    [
      'llama.cpp',
      LLAMA_CLI,
      [{ promptTokens: 49, prefillMs: 927.17, tokens: 178, decodeMs: 14_085.85, firstTokens: 1 }],
    ],
    [
      'llama-bench',
      LLAMA_BENCH,
      [
        { promptTokens: 512, prefillMs: 71, tokens: null, decodeMs: null },
        { promptTokens: 512, prefillMs: 69, tokens: null, decodeMs: null },
        { promptTokens: null, prefillMs: null, tokens: 128, decodeMs: 900 },
        { promptTokens: null, prefillMs: null, tokens: 128, decodeMs: 940 },
      ],
    ],
    [
      { tokens: /(\d+) tokens/, decodeMs: /in ([\d.]+) ms/ },
      '3 tokens in 30 ms\n4 tokens in 50.5 ms\n',
      [
        { promptTokens: null, prefillMs: null, tokens: 3, decodeMs: 30, firstTokens: 0 },
        { promptTokens: null, prefillMs: null, tokens: 4, decodeMs: 50.5, firstTokens: 0 },
      ],
    ],
    [
      { json: { tokens: 'usage.out', decodeMs: 'ms' }, firstTokens: 1 },
      'loading\n{"usage":{"out":5},"ms":40}\n{"other":1}\n',
      [{ promptTokens: null, prefillMs: null, tokens: 5, decodeMs: 40, firstTokens: 1 }],
    ],
    ['llama.cpp', 'error: no model', []],
  ])('is read by %o', (reading, output, answers) => {
    expect(engineReader(reading)(output)).toEqual(answers)
  })
})

describe('withoutServer()', () => {
  test('runs the command once for each row, after a run that does not count', async () => {
    const session = new VirtualSession()
    const commands: (readonly string[])[] = []
    const run = async (command: readonly string[]): Promise<string> => {
      commands.push(command)
      return LLAMA_CLI
    }
    const engine = await withoutServer(session, run, {
      command: ['llama-cli', '-p', '{{prompt}}'],
      read: 'llama.cpp',
      data: { prompt: ['a "b"', 'c'] },
      runs: 3,
    })
    expect(commands.map(([, , prompt]) => prompt)).toEqual(['a "b"', 'a "b"', 'c', 'a "b"'])
    expect(engine.prefillTokensPerSecond!.mean).toBeCloseTo(52.85, 2)
    expect(engine.decodeTokensPerSecond).toMatchObject({ n: 3 })
    expect(engine.decodeTokensPerSecond!.mean).toBeCloseTo(12.64, 2)
    expect(engine.outputTokensPerSecond!.mean).toBeCloseTo(179_000 / (927.17 + 14_085.85), 6)
    expect(session.told.at(-1)).toMatchObject({ end: 'done', runs: 3 })
  })

  test('calls a function in this process, with the prompt of the row', async () => {
    const prompts: string[] = []
    const engine = await withoutServer(new VirtualSession(), noCommand, {
      generate: (prompt) => {
        prompts.push(prompt)
        return answer(20, 400)
      },
      data: { prompt: ['one', 'two'] },
      warmup: 0,
      runs: 3,
    })
    expect(prompts).toEqual(['one', 'two', 'one'])
    expect(engine.decodeTokensPerSecond!.mean).toBe(50)
  })

  test.each<[object, string]>([
    [{ command: ['x'], read: 'llama.cpp', generate: () => null }, 'takes either command and read, or generate'],
    [{ command: 'x -p', read: 'llama.cpp' }, "option command: got 'x -p', takes a list of program and arguments"],
    [{ command: ['x'], read: 'vllm' }, "option read: got 'vllm', takes 'llama.cpp', 'llama-bench'"],
    [{ command: ['x', '{{prompt}}'], read: 'llama.cpp' }, 'prompt'],
    [
      { generate: (): object => ({ tokens: 3 }) },
      'it returned {"tokens":3}, takes { promptTokens, prefillMs, tokens, decodeMs }',
    ],
  ])('refuses %o', async (options, message) => {
    const data = 'generate' in options ? { data: { prompt: ['a'] } } : {}
    const run = () => Promise.resolve(LLAMA_CLI)
    await expect(async () =>
      withoutServer(new VirtualSession(), run, { ...options, ...data } as never),
    ).rejects.toThrow(message)
  })

  test('shows what the command printed when no time is in it', async () => {
    const options = { command: ['x'], read: 'llama.cpp' } as const
    await expect(withoutServer(new VirtualSession(), () => Promise.resolve('no model'), options)).rejects.toThrow(
      'withoutServer(): no time was found in what this command printed: x\nno model',
    )
  })
})

describe('the overhead of the server', () => {
  // Seed 001: 57.20 tokens/s without and 40.06 with the server; recorded in thousandths.
  const engine = new EngineRun(
    {
      schema: 'perf/engine@1',
      title: 'engine',
      answers: [57, 57.4, 57.2, 57.1, 57.3].map((rate) => ({
        promptTokens: 10,
        prefillMs: 0.5,
        tokens: rate,
        decodeMs: 999.5,
      })),
    },
    () => undefined,
  )
  const server = (parts: Parameters<typeof measured>[0] = {}) =>
    measured({
      plan: plan({ profile: { ...TWENTY_USERS, steps: [{ users: 1, durationUs: 60e6, rampUs: 0 }] } as never }),
      series: series({ distributions: { tokensPerSecond: [39_860, 40_060, 40_260, 40_060] } }),
      ...parts,
    }).run

  test('is one number with an interval that knows of the noise between runs', () => {
    const { share, interval, n } = engine.overhead(server())
    expect(share).toBeCloseTo(1 - 40.06 / 57.2, 3)
    expect(interval![0]).toBeLessThan(share - 0.05)
    expect(interval![1]).toBeGreaterThan(share + 0.05)
    expect(n).toEqual([4, 5])
  })

  test('is judged, weakly where the interval reaches the limit', () => {
    expect(server()).toHaveOverheadBelow('50%', engine)
    expect(() => expect(server()).toHaveOverheadBelow('20%', engine)).toThrow(
      /expected overhead of the server below 20 %\n {2}measured: 30 % \[.*\], 57.2\/s without and 40.1\/s with it, n = 5 and 4/,
    )
    const { run, records } = measured({ series: server().series, plan: server().data.plan })
    expect(run).toHaveOverheadBelow('31%', engine)
    expect(records).toMatchObject([{ verdict: 'weak' }])
  })

  test('is not known of an invalid load, without tokens, or of a benchmark that tells no whole answers', () => {
    expect(() => engine.overhead(server({ validity: INVALID }))).toThrow('the load is invalid')
    expect(() => engine.overhead(server({ series: series() }))).toThrow('no request of this load told')
    const bench = new EngineRun(
      { schema: 'perf/engine@1', title: '', answers: engineReader('llama-bench')(LLAMA_BENCH) },
      () => undefined,
    )
    expect(() => bench.overhead(server())).toThrow('the engine told no whole answer')
    expect(() => expect(server()).toHaveOverheadBelow('50%', server() as never)).toThrow(
      'takes what withoutServer() returned',
    )
  })
})

test.each([100, 60, 40])('the report is never wider than %d columns', async (columns) => {
  const session = new VirtualSession()
  const engine = await withoutServer(session, noCommand, { generate: () => answer(20, 400), prompt: 'Hello' })
  engine.overhead(measured({ series: series({ distributions: { tokensPerSecond: [30_000, 31_000] } }) }).run)
  const lines = engineLines(session.told.at(-1)!, { columns, style: PLAIN_STYLE })
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  expect(lines.join(' ')).toContain('overhead of the server')
})
