import { describe, expect, type Measurement, test } from 'vitest-perf'
import { http } from 'vitest-perf/scenarios'
import type { SuiteDuration, SuiteScale, SuiteTarget } from './suite-target.ts'

/** Something that would make a stage cheaper. */
export interface CloneOption {
  readonly name: string
  /** Stage that it works on, as in the report: `clone/encode`. */
  readonly stage: string
  /** Share of that stage that is expected to be left, from 0 to 1. */
  readonly leaves: number
  readonly effort: string
}

/** Options of {@link voiceCloneSuite}. */
export interface VoiceCloneOptions {
  readonly url: SuiteTarget
  /** @default 'full': twenty clones a round, sixty for the cache */
  readonly scale?: SuiteScale
  /** What is to be ranked by what it would save. @default the options of the report */
  readonly options?: readonly CloneOption[]
  /** Length of the load of two users. @default '60s'; at the small scale '3s' */
  readonly duration?: SuiteDuration
}

const REPORTED: readonly CloneOption[] = [
  { name: 'a tokenizer of half the size', stage: 'clone/encode', leaves: 0.5, effort: '15 minutes' },
  { name: 'more ONNX threads', stage: 'clone/encode', leaves: 0.9, effort: '2 minutes' },
  { name: 'Flash Attention', stage: 'clone/llm', leaves: 0.67, effort: '1-2 days' },
  { name: 'TensorRT', stage: 'clone/encode', leaves: 0.4, effort: '1-2 weeks' },
]

/** A voice cloner as a pipeline: its rounds, its stages, its cache, and what would pay next. */
export function voiceCloneSuite({ url, scale = 'full', options = REPORTED, ...rest }: VoiceCloneOptions): void {
  const small = scale === 'small'
  const clone = (prompts: readonly string[]): ReturnType<typeof http.post> =>
    http.post('/clone', {
      baseUrl: url,
      body: { text: 'Hello', prompt: '{{prompt}}' },
      data: { prompt: [...prompts] },
      stages: {
        // All of them are in Server-Timing, side by side; a path puts one into its place.
        'clone/encode': { serverTiming: 'encode' },
        'clone/llm': { serverTiming: 'llm' },
        'clone/decode': { serverTiming: 'decode' },
        post: { path: 'timings.post_ms', unit: 'ms' },
      },
      counters: { cacheHit: { header: 'x-cache', equals: 'HIT' } },
    })

  describe('a voice cloner', () => {
    test('takes three rounds one after the other', async ({ load }) => {
      for (const round of ['round 1', 'round 2', 'round 3']) {
        const run = await load(clone(['anna']), { users: 1, iterations: small ? 5 : 20, label: round })
        expect(run).toHaveNoErrors()
      }
    })

    test('spends its time where it is planned', async ({ load }) => {
      const run = await load(clone(['anna', 'anna', 'anna', 'ben']), {
        users: 2,
        duration: rest.duration ?? (small ? '3s' : '60s'),
        warmup: { requests: 8 },
      })
      expect(run).toHaveNoErrors()
      expect(run).toHaveCounterRateAbove('cacheHit', '80%')
      expect(run.stage('(rest)')).toHaveP50Below('50ms')
      process.stderr.write(ranking(run, options))
    })

    test('keeps its cache when the prompt is switched and switched back', async ({ load }) => {
      // A cache of one prompt would miss at every switch: 5 of 8.
      const run = await load(clone(['cleo', 'cleo', 'dan', 'dan', 'cleo', 'cleo', 'dan', 'cleo']), {
        users: 1,
        iterations: small ? 24 : 64,
      })
      expect(run).toHaveCounterRateAbove('cacheHit', '80%')
    })
  })
}

/** The options by what they would save of the measured median, the most first. */
function ranking(run: Measurement, options: readonly CloneOption[]): string {
  const rows = options
    .map((option) => {
      const measured = run.stage(option.stage).latency?.p50
      return { ...option, saved: measured === null || measured === undefined ? null : measured * (1 - option.leaves) }
    })
    .toSorted((a, b) => (b.saved ?? 0) - (a.saved ?? 0))
    .map(({ name, stage, saved, effort }) => {
      const ms = saved === null ? 'n/a' : `${saved.toFixed(1)} ms`
      return `  ${name.padEnd(30)} ${ms.padStart(9)} of ${stage}, ${effort}`
    })
  return ['what would pay next (expected from the median stages of this load):', ...rows, ''].join('\n')
}
