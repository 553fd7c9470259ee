import type { Measurement, MeasurementView, ServicesMeasurement, TableCell, TableOptions, TableRow } from 'vitest-perf'

/** Figures that this suite did not measure: what somebody else told of a model. Missing ones are `null`. */
export interface ReferenceRow {
  readonly model: string
  readonly platform: string
  readonly tokensPerSecond: number | null
  readonly latencySeconds: number | null
  /** Standard deviation of the latency. */
  readonly sdSeconds: number | null
  /** Who told it. */
  readonly source: string
}

/** What the report compares with. */
export const REPORTED: readonly ReferenceRow[] = [
  {
    model: 'GLM-4.7-Flash',
    platform: 'GB10 GPU',
    tokensPerSecond: 20.6,
    latencySeconds: 4.83,
    sdSeconds: 2.74,
    source: 'the report of 2026-02-20, 15 requests of 100 tokens, one of them of 15.1 s',
  },
  {
    model: 'Qwen3-Coder-Next-FP8',
    platform: 'GB10 GPU',
    tokensPerSecond: 50,
    latencySeconds: null,
    sdSeconds: null,
    source: 'an earlier report that the one of 2026-02-20 quotes, "about 50 tokens/s"',
  },
]

/** Mean and deviation of the latency, one cell. */
function latencyCell({ latency }: MeasurementView): TableCell {
  return { value: latency?.mean ?? null, unit: 'ms', sd: latency?.sd ?? null }
}

function maxCell({ latency }: MeasurementView): TableCell {
  return { value: latency?.max ?? null, unit: 'ms' }
}

/** The LLM by length of prompt. */
export function promptTable(run: Measurement, classes: readonly string[]): TableOptions {
  const row = (name: string, view: MeasurementView): TableRow => [
    name,
    view.latency?.n ?? null,
    latencyCell(view),
    { value: view.latency?.min ?? null, unit: 'ms' },
    maxCell(view),
    { value: view.percentile('tokensPerSecond', 50), unit: '1/s' },
    view.percentile('outputTokens', 50),
  ]
  return {
    title: 'LLM by length of prompt',
    columns: ['prompt', 'n', 'latency', 'min', 'max', 'tokens/s', 'tokens'],
    rows: [...classes.map((name) => row(name, run.promptClass(name))), row('all', run)],
    notes: [
      'latency: mean ± standard deviation, which one slow request can make: then max is far off; tokens/s of one request and tokens: medians',
    ],
  }
}

/** Speech by length of text. */
export function speechTable(run: Measurement, classes: readonly string[]): TableOptions {
  const row = (name: string, view: MeasurementView): TableRow => [
    name,
    view.latency?.n ?? null,
    { value: bytesOfAnswer(view), unit: 'bytes' },
    { value: view.percentile('audioDuration', 50), unit: 'ms' },
    latencyCell(view),
    { value: view.percentile('charsPerSecond', 50), unit: '1/s' },
    view.percentile('realTimeFactor', 50),
  ]
  return {
    title: 'TTS by length of text',
    columns: ['text', 'n', 'size', 'audio', 'latency', 'chars/s', 'RTF'],
    rows: [...classes.map((name) => row(name, run.promptClass(name))), row('all', run)],
    notes: [
      'size: mean bytes of an answer; latency: mean ± standard deviation; audio, characters/s of one request and real-time factor (RTF): medians',
    ],
  }
}

/** Bytes of all answers / good answers, both over the window. */
function bytesOfAnswer({ bytesPerSecond, qps }: MeasurementView): number | null {
  return bytesPerSecond === null || qps === null || qps === 0 ? null : bytesPerSecond / qps
}

/** Ours beside what others told; theirs are marked. */
export function comparisonTable(
  run: Measurement,
  model: string,
  platform: string,
  references: readonly ReferenceRow[],
): TableOptions {
  return {
    title: 'beside other figures',
    columns: ['model', 'platform', 'tokens/s', 'latency'],
    rows: [
      [model, platform, { value: run.percentile('tokensPerSecond', 50), unit: '1/s' }, latencyCell(run)],
      ...references.map((one): TableRow => ({
        cells: [
          one.model,
          one.platform,
          { value: one.tokensPerSecond, unit: '1/s' },
          one.latencySeconds === null
            ? null
            : { value: one.latencySeconds, unit: 's', ...(one.sdSeconds === null ? {} : { sd: one.sdSeconds }) },
        ],
        external: one.source,
      })),
    ],
    notes: ['other machines, prompts and lengths of answers: these rows show a size, and no claim is made of them'],
  }
}

/** Several services under one load, a row each. */
export function servicesTable(title: string, run: ServicesMeasurement): TableOptions {
  return {
    title,
    columns: ['service', 'requests', 'good/s', 'latency', 'p80', 'max', 'size', 'errors'],
    rows: run.services.map((name): TableRow => {
      const one = run.scenario(name)
      return [
        name,
        one.data.series.outcomes.attempted,
        { value: one.qps, unit: '1/s' },
        latencyCell(one),
        { value: one.percentile('latency', 80), unit: 'ms' },
        maxCell(one),
        { value: bytesOfAnswer(one), unit: 'bytes' },
        { value: one.errorRate, unit: 'share' },
      ]
    }),
  }
}

/** Containers as `docker stats` shows them, over the load: what they use of what they may. */
export function containerTable(run: Measurement, containers: readonly string[]): TableOptions {
  const views = containers.map((name) => ({ name, view: run.watched(`container ${name}`) }))
  return {
    title: 'containers',
    columns: ['container', 'CPU, mean', 'CPU limit', 'memory, max', 'memory limit', 'of limit'],
    rows: views.map(({ name, view }): TableRow => {
      const memory = view.max('memory')
      return [
        name,
        { value: view.mean('cpu'), unit: 'cores' },
        view.cores === null ? 'none' : { value: view.cores, unit: 'cores' },
        { value: memory, unit: 'bytes' },
        view.memoryBytes === null ? 'none' : { value: view.memoryBytes, unit: 'bytes' },
        { value: memory === null || view.memoryBytes === null ? null : memory / view.memoryBytes, unit: 'share' },
      ]
    }),
    notes: views.flatMap(({ name, view }) => view.notes.map((note) => `${name}: ${note}`)),
  }
}
