import type { Timeline, TimelineSegment } from './timeline.ts'

/*
 * The integral of a segment's rate, and its inversion: how many arrivals a stretch of time brings, and when the next
 * one is due. Linear rates invert in closed form, a sine by Newton steps inside a bracket, to a nanosecond.
 */

/** Arrivals that a whole segment brings; not a whole number. */
export function arrivalsIn(segment: TimelineSegment): number {
  if (segment.burst !== undefined) return segment.burst
  const { startUs, endUs, fromLevel, toLevel } = segment
  const seconds = (endUs - startUs) / 1e6
  return ((fromLevel + toLevel) / 2) * seconds + surplus(segment, seconds)
}

/** Seconds from the segment's start until its rate has brought this many arrivals. */
export function secondsTo(segment: TimelineSegment, arrivals: number): number {
  if (arrivals <= 0 || segment.burst !== undefined) return 0
  if (segment.sine !== undefined) return secondsOfWave(segment, arrivals)
  const { startUs, endUs, fromLevel, toLevel } = segment
  if (fromLevel === toLevel) return arrivals / fromLevel
  const slope = (toLevel - fromLevel) / ((endUs - startUs) / 1e6)
  // The root of a quadratic, in the form without cancellation, also for a slope near zero.
  return (2 * arrivals) / (fromLevel + Math.sqrt(Math.max(0, fromLevel * fromLevel + 2 * slope * arrivals)))
}

/** What a wave has brought over its centre after some seconds of the segment. */
function surplus({ sine }: TimelineSegment, seconds: number): number {
  if (sine === undefined) return 0
  const { amplitudePerSecond, periodUs, intoUs } = sine
  const turn = (2 * Math.PI * 1e6) / periodUs
  return (
    (amplitudePerSecond / turn) *
    (Math.cos(angle(intoUs, periodUs)) - Math.cos(angle(intoUs + seconds * 1e6, periodUs)))
  )
}

const RESOLUTION_S = 1e-9

function secondsOfWave(segment: TimelineSegment, arrivals: number): number {
  const { fromLevel: centre, sine } = segment
  const { amplitudePerSecond, periodUs } = sine!
  // However the wave stands, it is never more than its whole swing before or behind its centre.
  const swing = (amplitudePerSecond * periodUs) / 1e6 / Math.PI
  let low = Math.max(0, (arrivals - swing) / centre)
  let high = (arrivals + swing) / centre
  let at = Math.min(Math.max(arrivals / centre, low), high)
  // Bisection alone would get there in this many steps; Newton takes a few.
  for (let i = 0; i < 100 && high - low > RESOLUTION_S; i++) {
    const over = centre * at + surplus(segment, at) - arrivals
    if (over === 0) return at
    if (over > 0) high = at
    else low = at
    const next = at - over / rateOfWave(segment, at * 1e6)
    // Near a rate of 0 a Newton step leaves the bracket.
    if (Math.abs(next - at) < RESOLUTION_S && next >= low && next <= high) return next
    at = next > low && next < high ? next : (low + high) / 2
  }
  return at
}

/** Asked arrivals per second at a time; from the end on the last one. */
export function rateAt({ segments }: Timeline, us: number): number {
  const segment = segments.find(({ endUs }) => us < endUs) ?? segments.at(-1)!
  const { startUs, endUs, fromLevel, toLevel, sine } = segment
  const intoUs = Math.min(us, endUs) - startUs
  if (sine !== undefined) return rateOfWave(segment, intoUs)
  return fromLevel === toLevel ? fromLevel : fromLevel + ((toLevel - fromLevel) * intoUs) / (endUs - startUs)
}

function rateOfWave({ fromLevel, sine }: TimelineSegment, intoUs: number): number {
  const { amplitudePerSecond, periodUs, intoUs: before } = sine!
  return fromLevel + amplitudePerSecond * Math.sin(angle(before + intoUs, periodUs))
}

/** The whole turns are taken off first: the sine of a large angle is inexact. */
function angle(us: number, periodUs: number): number {
  return (2 * Math.PI * (us % periodUs)) / periodUs
}
