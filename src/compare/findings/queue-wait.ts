import { mean } from '../../domain/distribution.ts'
import type { LoadFinding } from '../../domain/finding.ts'
import { isArrivalProfile } from '../../domain/load-plan.ts'
import type { SeriesData } from '../../domain/measurement.ts'
import type { DistributionId } from '../../domain/metric.ts'
import { isInferred, lastPart, parentPath } from '../../domain/stage-name.ts'
import { formatCount, formatDuration, formatShare } from '../../format/quantity-text.ts'
import { alikeSeries, type FindingFacts, strength } from './finding-facts.ts'

/** Of the latency: from here on most of it is no work. */
const WAITING = 0.5
const FEWEST = 30
/** A wait that nobody notices is no finding, whatever its share. */
const FELT_US = 10_000
/** Stages in which a request stands in line, as servers call them. */
const QUEUE =
  /^(?:in[-_ ]?)?(?:queue|queued|queue?ing|wait|waiting|pending|backlog)(?:[-_ ]?(?:time|wait|ms))?$|^wait[-_ ]?(?:time|for[-_ ]?slot)$/i

/** Most of the latency is waiting: in the target, as its stages tell, or for one of this load's own users. */
export function waitsInQueue(facts: FindingFacts): LoadFinding | null {
  for (const { of, series } of alikeSeries(facts)) {
    const found = inTarget(of, series) ?? inGenerator(of, series, facts)
    if (found !== null) return found
  }
  return null
}

/** A stage of the target that is told for all good answers: of some alone it would stand for none. */
function inTarget(of: string, { distributions }: SeriesData): LoadFinding | null {
  const { latency } = distributions
  if (latency === undefined || latency.n < FEWEST) return null
  const ids = Object.keys(distributions) as DistributionId[]
  for (const id of ids) {
    const path = id.slice('stage:'.length)
    if (!id.startsWith('stage:') || isInferred(path) || parentPath(path) !== '' || !QUEUE.test(lastPart(path))) continue
    const stage = distributions[id]!
    const [waitUs, allUs] = [mean(stage), mean(latency)]
    if (waitUs === null || allUs === null || stage.n < 0.95 * latency.n || waitUs < FELT_US) continue
    const share = waitUs / allUs
    if (share < WAITING || share > 1) continue
    return {
      kind: 'waits-in-queue',
      message: `${of}${formatShare(share)} of the latency is waiting in the target (${path} ${formatDuration(waitUs)} of ${formatDuration(allUs)} in the mean), ${formatDuration(allUs - waitUs)} is work`,
      advice: 'faster work helps less than more of it at once: more workers, slots or replicas, or fewer requests',
      evidence: 0.4 + 0.5 * strength(share, WAITING, 1),
      numbers: { waitUs, latencyUs: allUs, share },
    }
  }
  return null
}

/** Arrivals that wait for a free user: the load allows the target only so many requests at once. */
function inGenerator(of: string, { distributions }: SeriesData, { data }: FindingFacts): LoadFinding | null {
  const { profile } = data.plan
  const { latency, queueWait } = distributions
  if (!isArrivalProfile(profile) || latency === undefined || queueWait === undefined || latency.n < FEWEST) return null
  const [waitUs, allUs] = [mean(queueWait), mean(latency)]
  // Waits are told of every request that was sent: with failures among them they are of others than the latencies.
  if (waitUs === null || allUs === null || queueWait.n > 1.05 * latency.n || waitUs < FELT_US) return null
  const share = waitUs / allUs
  const wereAllBusy = data.buckets.some(({ phase, queued }) => phase === 'measure' && queued > 0)
  if (share < WAITING || share > 1 || !wereAllBusy) return null
  return {
    kind: 'waits-in-queue',
    message: `${of}${formatShare(share)} of the latency is waiting for one of ${formatCount(profile.maxUsers)} users (${formatDuration(waitUs)} of ${formatDuration(allUs)} in the mean): the target had as many requests in work and answered each in ${formatDuration(allUs - waitUs)}`,
    advice: 'the target is slower than the load: lower the rate; if it can take more at once, raise maxUsers',
    evidence: 0.4 + 0.5 * strength(share, WAITING, 1),
    numbers: { waitUs, latencyUs: allUs, share, maxUsers: profile.maxUsers },
  }
}
