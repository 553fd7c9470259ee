import { percentile } from '../domain/distribution.ts'
import { failedCount } from '../domain/measurement.ts'
import type { DistributionId } from '../domain/metric.ts'
import { isInferred } from '../domain/stage-name.ts'
import { formatCount, formatDuration, formatShare } from '../format/quantity-text.ts'
import type { Subject } from './subject.ts'

/** The reasons why the numbers are not above doubt, with what to do. */
export function validityNotes({ validity }: Pick<Subject, 'validity'>): string[] {
  return validity.findings.map(({ severity, message, advice }) => `${severity}: ${message}; ${advice}`)
}

/**
 * Which stage takes most of the median latency; none when there are no stages. One that less than half of the good
 * requests went through (a connection that was opened) explains no median.
 */
export function slowestStage({ series: { distributions } }: Subject): string[] {
  const total = distributions.latency === undefined ? null : percentile(distributions.latency, 50)
  const usual = (distributions.latency?.n ?? 0) / 2
  const stages = (Object.keys(distributions) as DistributionId[])
    .filter(
      (id) =>
        id.startsWith('stage:') && !isInferred(id) && !isParent(id, distributions) && distributions[id]!.n >= usual,
    )
    .map((id) => ({ name: id.slice('stage:'.length), p50: percentile(distributions[id]!, 50) ?? 0 }))
    .sort((a, b) => b.p50 - a.p50)
  const slowest = stages[0]
  if (slowest === undefined || total === null || total === 0) return []
  const share = formatShare(slowest.p50 / total)
  return [`slowest stage: ${slowest.name}, p50 ${formatDuration(slowest.p50)}, ${share} of the p50 latency`]
}

/** A stage with parts explains less than its slowest part. */
function isParent(id: string, distributions: Subject['series']['distributions']): boolean {
  return Object.keys(distributions).some((other) => other.startsWith(`${id}/`))
}

/** The failure that happened most, with how many of all it is, and how to look at one. */
export function frequentError(subject: Subject): string[] {
  const { dropped, missed } = subject.series.outcomes
  const worst = subject.errors.toSorted((a, b) => b.count - a.count)[0]
  const failed = failedCount(subject.series.outcomes)
  return [
    ...(worst === undefined
      ? []
      : [
          `most frequent error: ${worst.kind} ${worst.detail} on ${worst.request}, ` +
            `${formatCount(worst.count)} of ${formatCount(failed)} failures: ${worst.message}`,
          'next: `await once(scenario)` prints one request with its response',
        ]),
    ...(dropped === 0
      ? []
      : [
          `${formatCount(dropped)} dropped: no user was free and the queue was full; raise maxUsers or maxQueue, or lower the rate`,
        ]),
    ...(missed === 0
      ? []
      : [`${formatCount(missed)} missed: the generator was over 500 ms late; use more generators or a lower rate`]),
  ]
}
