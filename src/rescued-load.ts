import { recordedMetrics } from './compare/recorded-metrics.ts'
import type { MinutePoint } from './domain/history.ts'
import type { MeasurementData, SecondBucket } from './domain/measurement.ts'
import { Aggregator } from './measure/aggregator.ts'
import { median } from './stats/robust.ts'
import type { FoundJournal } from './store/journal-entry.ts'
import type { Rescued } from './store/journal-recovery.ts'

/** What the journal of a load that broke off tells history: all that its measurement would have told until then. */
export function rescuedLoad({ head, leg, reports }: FoundJournal): Rescued {
  const aggregator = new Aggregator(head.plan, leg)
  aggregator.replay(reports)
  const { untilUs } = aggregator.progress()
  const { runId, specId, startedAt } = head
  const aborted = `the run ended ${(untilUs / 1e6).toFixed(0)} s into this load, before the load did`
  const data = aggregator.finish({ runId, specId, startedAt, totalUs: untilUs, aborted })
  return {
    untilUs,
    metrics: recordedMetrics(data),
    outcomes: data.series.outcomes,
    // That its generators never sent their last numbers follows from its end.
    findings: data.validity.findings.filter(({ cause }) => cause !== 'generator-lost'),
    course: courseOf(data),
  }
}

function courseOf({ buckets }: MeasurementData): readonly MinutePoint[] {
  const minutes = new Map<number, SecondBucket[]>()
  for (const bucket of buckets) {
    if (bucket.phase !== 'measure') continue
    const minute = Math.floor(bucket.second / 60)
    minutes.set(minute, [...(minutes.get(minute) ?? []), bucket])
  }
  return Array.from(minutes, ([minute, seconds]): MinutePoint => {
    const n = seconds.reduce((sum, { completed }) => sum + completed, 0)
    const failed = seconds.reduce((sum, second) => sum + second.failed, 0)
    const middle = (values: readonly (number | null)[]): number | null => {
      const known = values.filter((value) => value !== null)
      return known.length === 0 ? null : Math.round(median(known))
    }
    return {
      minute,
      n,
      failed,
      ratePerSecond: Number((n / seconds.length).toPrecision(4)),
      latencyP50Us: middle(seconds.map((second) => second.latencyP50Us)),
      latencyP99Us: middle(seconds.map((second) => second.latencyP99Us)),
    }
  })
}
