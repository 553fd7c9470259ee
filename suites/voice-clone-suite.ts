import { describe, expect, type Measurement, type TableOptions, test } from 'vitest-perf'
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
    test('takes three rounds one after the other', async ({ load, table }) => {
      const runs: Measurement[] = []
      for (const round of ['round 1', 'round 2', 'round 3']) {
        const run = await load(clone(['anna']), { users: 1, iterations: small ? 5 : 20, label: round })
        expect(run).toHaveNoErrors()
        runs.push(run)
      }
      table(roundTable(runs))
    })

    test('spends its time where it is planned', async ({ load, table }) => {
      const run = await load(clone(['anna', 'anna', 'anna', 'ben']), {
        users: 2,
        duration: rest.duration ?? (small ? '3s' : '60s'),
        warmup: { requests: 8 },
      })
      expect(run).toHaveNoErrors()
      expect(run).toHaveCounterRateAbove('cacheHit', '80%')
      expect(run.stage('(rest)')).toHaveP50Below('50ms')
      table(ranking(run, options))
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

/** Each round with its best and mean, against the first; rounds that get faster are a warm-up until repeated runs say more. */
function roundTable(runs: readonly Measurement[]): TableOptions {
  const first = runs[0]?.latency?.mean ?? null
  return {
    title: 'rounds',
    columns: ['round', 'n', 'first', 'best', 'mean', 'of round 1', 'cache hits'],
    rows: runs.map((run, i) => [
      String(i + 1),
      run.latency?.n ?? null,
      { value: run.data.firstLatencyUs === null ? null : run.data.firstLatencyUs / 1e3, unit: 'ms' },
      { value: run.latency?.min ?? null, unit: 'ms' },
      { value: run.latency?.mean ?? null, unit: 'ms', sd: run.latency?.sd ?? null },
      { value: first === null || run.latency === null ? null : run.latency.mean / first, unit: 'share' },
      { value: run.counter('cacheHit').share, unit: 'share' },
    ]),
    notes: ['rounds that get faster one after the other are a warm-up, and no improvement of the service'],
  }
}

/** The options by what they would save of the measured median, the most first. */
function ranking(run: Measurement, options: readonly CloneOption[]): TableOptions {
  const total = run.latency?.p50 ?? null
  const ranked = options
    .map((option) => {
      // The view's latency is that of whole requests; the stage is its primary distribution.
      const stage = run.stage(option.stage)
      const measured = stage.percentile(stage.primary, 50)
      return { ...option, measured, saved: measured === null ? null : measured * (1 - option.leaves) }
    })
    .toSorted((a, b) => (b.saved ?? 0) - (a.saved ?? 0))
  return {
    title: 'what would pay next',
    columns: ['option', 'stage', 'now', 'saves', 'total', 'effort'],
    rows: ranked.map(({ name, stage, measured, saved, effort }) => [
      name,
      stage.split('/').at(-1)!,
      { value: measured, unit: 'ms' },
      { value: saved, unit: 'ms' },
      { value: total === null || saved === null ? null : total - saved, unit: 'ms' },
      effort,
    ]),
    notes: [
      'now: median of the stage under this load; saves, and the total with it: expected, not measured, from an assumed share of the stage',
    ],
  }
}
