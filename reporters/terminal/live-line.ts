import type { LiveSnapshot, LiveState } from '../../src/domain/live.ts'
import { truncate } from '../../src/format/display-width.ts'
import { formatCount, formatDuration, formatRate, formatShare, significant } from '../../src/format/quantity-text.ts'

/** Where a load stands, in words. */
export const STATE_WORDS: Readonly<Record<LiveState, string>> = {
  waiting: 'waiting for the machine',
  preparing: 'preparing',
  warmup: 'warm-up',
  measure: 'measuring',
  cooldown: 'cool-down',
  draining: 'awaiting the last answers',
  done: 'done',
}

/**
 * One line of a running load, at most `columns` wide. The title stands in the first line only, as one load runs at a time
 * (services that run together are named in every line);
 * the most important figures come first, since a narrow screen cuts the last ones.
 */
export function liveLine(snapshot: LiveSnapshot, columns: number): string {
  const { state, service } = snapshot
  if (state === 'waiting' || state === 'preparing') {
    return truncate(['perf', STATE_WORDS[state], snapshot.title].join(' · '), columns)
  }
  const parts = [
    'perf',
    ...(service === null ? [] : [service.name]),
    snapshot.note === null ? STATE_WORDS[state] : `${STATE_WORDS[state]} (${snapshot.note})`,
    ...time(snapshot),
    `${significant(snapshot.qps)} qps${snapshot.askedRate === null ? '' : ` of ${formatRate(snapshot.askedRate)}`}`,
    ...(snapshot.latencyP50Us === null ? [] : [`p50 ${formatDuration(snapshot.latencyP50Us)}`]),
    ...(snapshot.latencyP99Us === null ? [] : [`p99 ${formatDuration(snapshot.latencyP99Us)}`]),
    ...(snapshot.tokensPerSecond > 0 ? [`${significant(snapshot.tokensPerSecond)} tokens/s`] : []),
    ...counted(snapshot.failed, 'failed'),
    ...counted(snapshot.dropped, 'dropped'),
    `${formatCount(snapshot.completed)} done`,
    ...counted(snapshot.inFlight, 'in flight'),
    ...counted(snapshot.queued, 'queued'),
  ]
  return truncate(parts.join(' · '), columns)
}

function time({ elapsedUs, remainingUs, progress }: LiveSnapshot): string[] {
  const elapsed = `${Math.floor(elapsedUs / 1e6)} s`
  if (remainingUs !== null) return [`${elapsed} of ${Math.round((elapsedUs + remainingUs) / 1e6)} s`]
  return progress === null ? [elapsed] : [elapsed, formatShare(Math.round(progress * 100) / 100)]
}

function counted(count: number, word: string): string[] {
  return count > 0 ? [`${formatCount(count)} ${word}`] : []
}
