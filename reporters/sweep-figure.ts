import type { LoadNumbers } from '../src/domain/perf-meta.ts'
import { formatDuration, formatRate, formatShare } from '../src/format/quantity-text.ts'

/** A figure of a sweep's cells, and when a matrix of it is drawn. */
export interface SweepFigure {
  readonly title: string
  /** `null` where it is missing. */
  readonly value: (numbers: LoadNumbers) => number | null
  readonly text: (value: number | null, numbers: LoadNumbers) => string
  /** Drawn when a cell has it; otherwise always. */
  readonly present?: (numbers: LoadNumbers) => boolean
}

const SWEEP_FIGURES: readonly SweepFigure[] = [
  { title: 'p50 latency', value: ({ latency }) => latency?.p50 ?? null, text: formatDuration },
  { title: 'p99 latency', value: ({ latency }) => latency?.p99 ?? null, text: formatDuration },
  {
    title: 'p50 TTFT',
    value: ({ ttft }) => ttft?.p50 ?? null,
    text: formatDuration,
    present: ({ ttft }) => ttft !== null,
  },
  {
    title: 'tokens/s',
    value: ({ outputTokensPerSecond }) => outputTokensPerSecond,
    text: (rate, { tokenSource }) => `${tokenSource === 'usage' || rate === null ? '' : '~'}${formatRate(rate)}`,
    present: ({ outputTokensPerSecond }) => outputTokensPerSecond !== null,
  },
  { title: 'qps', value: ({ qps }) => qps, text: formatRate },
  {
    title: 'goodput',
    value: ({ goodput }) => goodput,
    text: formatRate,
    present: ({ goodput }) => goodput !== null,
  },
  {
    title: 'errors',
    value: ({ errorRate }) => errorRate,
    text: formatShare,
    present: ({ errorRate }) => errorRate !== 0 && errorRate !== null,
  },
]

/** The figures that these cells have. */
export function sweepFigures(measured: readonly LoadNumbers[]): readonly SweepFigure[] {
  return SWEEP_FIGURES.filter(({ present }) => present === undefined || measured.some(present))
}
