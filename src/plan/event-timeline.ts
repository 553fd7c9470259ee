import type { BurstPlan, TracePlan } from '../domain/load-plan.ts'
import type { Timeline, TimelinePlan, TimelineSegment } from './timeline.ts'

const OUTSIDE = -1

/** Bursts in their rhythm; the window of a single one ends when all of it has been answered. */
export function burstTimeline(
  { burst, bursts, everyUs }: BurstPlan,
  { warmup, cooldownUs }: TimelinePlan,
  openUs: number | null,
): Timeline {
  const byRequests = warmup.kind === 'requests' && warmup.requests > 0
  const at = (us: number, window: number, arrivals = burst): TimelineSegment => ({
    startUs: us,
    endUs: us,
    fromLevel: 0,
    toLevel: 0,
    window,
    burst: arrivals,
  })
  const before = byRequests ? [at(0, OUTSIDE, warmup.requests)] : []
  if (byRequests && openUs === null) return { segments: before, windows: [], endUs: Infinity }
  const startUs = byRequests ? openUs! : warmup.kind === 'duration' ? warmup.durationUs : 0
  // Nothing may start at the end itself, and the burst starts at the opening.
  if (everyUs === null)
    return {
      segments: [...before, at(startUs, 0)],
      windows: [{ window: 0, startUs, endUs: Infinity }],
      endUs: startUs + 1,
    }
  const endUs = startUs + bursts * everyUs
  const segments = [...before]
  for (let us = byRequests ? startUs : startUs % everyUs; us < startUs; us += everyUs) segments.push(at(us, OUTSIDE))
  for (let us = startUs; us < endUs; us += everyUs) segments.push(at(us, 0))
  for (let us = endUs; us < endUs + cooldownUs; us += everyUs) segments.push(at(us, OUTSIDE))
  return { segments, windows: [{ window: 0, startUs, endUs }], endUs: endUs + cooldownUs }
}

/** A trace as it is; its beginning is the warm-up, its end the cool-down. */
export function traceTimeline(
  { arrivals, lengthUs }: TracePlan,
  { warmup, cooldownUs }: TimelinePlan,
  openUs: number | null,
): Timeline {
  if (lengthUs === 0) return { segments: [], windows: [{ window: 0, startUs: 0, endUs: Infinity }], endUs: 1 }
  const byRequests = warmup.kind === 'requests' && warmup.requests > 0
  const opensAt = byRequests ? (openUs ?? Infinity) : warmup.kind === 'duration' ? warmup.durationUs : 0
  const level = (arrivals * 1e6) / lengthUs
  const closesAt = lengthUs - cooldownUs
  const bounds = [0, opensAt, closesAt, lengthUs].map((us) => Math.min(us, lengthUs))
  const segments = [-1, 0, -1].map((window, i) => ({
    startUs: bounds[i]!,
    endUs: bounds[i + 1]!,
    fromLevel: level,
    toLevel: level,
    window,
  }))
  return {
    segments: segments.filter(({ startUs, endUs }) => startUs < endUs),
    windows: opensAt < closesAt ? [{ window: 0, startUs: opensAt, endUs: closesAt }] : [],
    endUs: lengthUs,
  }
}
