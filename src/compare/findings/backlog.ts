import type { LoadFinding } from '../../domain/finding.ts'
import { hasAskedRate } from '../../domain/load-plan.ts'
import type { MeasurementData } from '../../domain/measurement.ts'
import { qps } from '../../domain/series-rates.ts'
import { formatRate, formatShare, significant } from '../../format/quantity-text.ts'
import { mannKendall } from '../../stats/mann-kendall.ts'
import { median } from '../../stats/robust.ts'
import { backlogSeconds, type FindingFacts, isDisturbed, numbersOf, strength } from './finding-facts.ts'

/** Time in which an average GPU was busy: at less, something else kept it waiting for a part of the time. */
const GPU_BUSY = 0.95
/** Fewer seconds (or samples) hold no trend. */
const FEWEST_SECONDS = 10
/** Chance of a trend where there is none, over half of what Mann-Kendall's test may err in short series. */
const TREND_P = 0.001
/** The last third of the window against the first: less may be a burst of arrivals. */
const GROWTH = 2
/** Requests that the queue must have grown by: a handful is noise of arrivals at any rate. */
const GROWTH_REQUESTS = 10
/** Of the asked rate: a queue that grows because less is answered than asked. */
const ANSWERED = 0.95

/** How a queue grew over a window, by the medians of its first and last third. */
interface Growth {
  readonly from: number
  readonly to: number
}

/** A queue that grew while all that could work did, or grew without a known cause. */
export function backlogGrew(facts: FindingFacts): LoadFinding | null {
  const { data } = facts
  if (isDisturbed(data) || data.steps.length !== 1) return null
  const grown = growthOf(backlogSeconds(data))
  const asked = data.steps[0]!.ratePerSecond
  const rate = qps(data.series)
  const isShort = hasAskedRate(data.plan.profile) && asked !== null && rate !== null && rate < ANSWERED * asked
  const own = grown !== null && isShort ? grown : null
  const told = targetQueue(data)
  const queue = told ?? own
  if (queue === null) return null
  const where = told === null ? 'requests in flight and waiting' : 'requests waiting in the target'
  const growth = `${where} rose from ${significant(queue.from)} to ${significant(queue.to)}`
  const numbers = { queueFrom: queue.from, queueTo: queue.to }
  const gpus = numbersOf(data, 'gpuBusy').filter(
    ({ watched }) => watched.gpu?.partOf === undefined || watched.gpu.partOf === null,
  )
  // With one idle GPU among several, the load is not where the GPUs are: that is another matter.
  if (gpus.length > 0 && gpus.every((gpu) => gpu.mean >= GPU_BUSY && gpu.percentile(10) >= GPU_BUSY - 0.1)) {
    const busy = Math.min(...gpus.map(({ mean }) => mean))
    const which = gpus.length === 1 ? 'the GPU was' : `all ${gpus.length} GPUs were`
    return {
      kind: 'gpu-bound',
      message: `${which} ${formatShare(busy)} busy while ${growth}: the target is bound by its compute`,
      advice: 'ask for less, or give it more: another GPU, a smaller or quantised model, larger batches',
      evidence: 0.6 + 0.4 * strength(busy, GPU_BUSY, 1),
      numbers: { ...numbers, gpuBusy: busy },
    }
  }
  if (own === null || asked === null || rate === null) return null
  return {
    kind: 'backlog-grew',
    message: `more came than the target could answer: ${formatRate(asked)} asked, ${formatRate(rate)} answered, ${growth}`,
    advice: 'latency of this load depends on its length: ask for a lower rate, or find the highest with capacity()',
    evidence: 0.5 + 0.4 * strength(1 - rate / asked, 1 - ANSWERED, 0.5),
    numbers: { ...numbers, askedRate: asked, answeredRate: rate },
  }
}

/** The queue that the target tells of itself. */
function targetQueue(data: MeasurementData): Growth | null {
  const window = data.steps[0]!
  for (const { watched } of numbersOf(data, 'queueLength')) {
    const { atUs, columns } = watched.samples
    const values = (columns.queueLength?.mean ?? []).filter(
      (value, i): value is number => value !== null && atUs[i]! > window.startUs && atUs[i]! <= window.endUs,
    )
    const growth = growthOf(values)
    if (growth !== null) return growth
  }
  return null
}

function growthOf(values: readonly number[]): Growth | null {
  if (values.length < FEWEST_SECONDS) return null
  const third = Math.floor(values.length / 3)
  const [from, to] = [median(values.slice(0, third)), median(values.slice(-third))]
  if (to < GROWTH * from || to - from < GROWTH_REQUESTS) return null
  // The test takes time in the square of its values.
  const size = Math.ceil(values.length / 300)
  const thinned = values.filter((_, i) => i % size === 0)
  const { p, slope } = mannKendall(thinned)
  return slope > 0 && p < TREND_P ? { from, to } : null
}
