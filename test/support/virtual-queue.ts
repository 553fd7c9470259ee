import type { Arrivals } from '../../src/domain/load-plan.ts'
import type { SeriesData } from '../../src/domain/measurement.ts'
import { Pacer } from '../../src/plan/pacer.ts'
import { timelineOf } from '../../src/plan/timeline.ts'
import { arrivals as arrivalsPlan } from './load-plan.ts'
import { series } from './measurement-builder.ts'

/** A target that serves some requests at once, each in a time of its own; others wait in line. */
export interface VirtualTarget {
  readonly concurrency: number
  readonly serviceUs: () => number
}

/** What a load on a virtual target measures: a queue with FIFO order, computed and not waited for. */
export function queueTrial(
  target: VirtualTarget,
  load: {
    readonly rate: number
    readonly arrivals: Arrivals
    readonly seed: number
    readonly windowUs: number
    readonly warmupUs: number
  },
): SeriesData {
  const { warmupUs, windowUs } = load
  const timeline = timelineOf({
    profile: arrivalsPlan(load.rate, windowUs),
    warmup: { kind: 'duration', durationUs: warmupUs },
    cooldownUs: 0,
  })
  const pacer = new Pacer(timeline, load.arrivals, load.seed, { index: 0, count: 1 })
  const freeAt: number[] = Array.from({ length: target.concurrency }, () => 0)
  const latencies: number[] = []
  let completed = 0
  for (; pacer.nextUs !== Infinity; pacer.advance()) {
    const at = pacer.nextUs
    let server = 0
    for (let i = 1; i < freeAt.length; i++) if (freeAt[i]! < freeAt[server]!) server = i
    const endUs = Math.max(at, freeAt[server]!) + target.serviceUs()
    freeAt[server] = endUs
    if (at >= warmupUs) latencies.push(Math.round(endUs - at))
    if (endUs >= warmupUs && endUs < warmupUs + windowUs) completed++
  }
  const measured = series({ latencies, windowUs })
  return { ...measured, events: { ...measured.events, completed } }
}
