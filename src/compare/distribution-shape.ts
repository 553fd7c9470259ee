import { type Distribution, percentile } from '../domain/distribution.ts'
import type { DistributionShape, DistributionShapes } from '../domain/load-charts.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { REQUEST_METRICS, type RequestMetricId } from '../domain/metric.ts'

/** What is drawn: where time went, and how evenly it came. */
const DRAWN: readonly RequestMetricId[] = [
  'latency',
  'serviceTime',
  'ttft',
  'tpot',
  'interChunkLatency',
  'timeToFirstAudio',
  'realTimeFactor',
]
/** Points of the spectrum for each further nine of the percentile. */
const POINTS_PER_NINE = 10
const MOST_BINS = 30

/** Shapes of the distributions of a series. */
export function distributionShapes({ distributions }: SeriesData): DistributionShapes {
  return Object.fromEntries(
    DRAWN.flatMap((id) => {
      const values = distributions[id]
      return values === undefined || values.n === 0 ? [] : [[id, shapeOf(values, REQUEST_METRICS[id].scale)]]
    }),
  )
}

function shapeOf(values: Distribution, scale: number): DistributionShape {
  return { n: values.n, spectrum: spectrumOf(values, scale), bins: binsOf(values, scale) }
}

/** No percentile is drawn that is but the largest value under another name: the last is the one that it first stands for. */
function spectrumOf(values: Distribution, scale: number): DistributionShape['spectrum'] {
  const nines = Math.log10(values.n)
  const points = Math.ceil(nines * POINTS_PER_NINE)
  const inner = Array.from({ length: points }, (_, i) => 100 * (1 - 10 ** -((i * nines) / points)))
  return [
    ...inner.map((p) => ({
      p: Number(p.toPrecision(7)),
      value: (p === 0 ? values.min : percentile(values, p)!) / scale,
    })),
    { p: 100, value: values.max / scale },
  ]
}

function binsOf({ values, counts, min, max }: Distribution, scale: number): DistributionShape['bins'] {
  const low = Math.max(min, 1)
  const bins = max > low ? Math.min(MOST_BINS, Math.max(8, Math.ceil(Math.sqrt(counts.length)) * 2)) : 1
  const ratio = (max / low) ** (1 / bins)
  const held = Array.from({ length: bins }, () => 0)
  values.forEach((value, i) => {
    const bin = ratio > 1 ? Math.ceil(Math.log(Math.min(value, max) / low) / Math.log(ratio) - 1e-9) - 1 : 0
    held[Math.min(bins - 1, Math.max(0, bin))]! += counts[i]!
  })
  return held.map((count, i) => ({ upTo: Number(((low * ratio ** (i + 1)) / scale).toPrecision(4)), count }))
}
