import {
  type BurstPlan,
  isArrivalProfile,
  isIterationProfile,
  type LoadPlan,
  type ProfilePlan,
  type SineWave,
  type TracePlan,
} from '../domain/load-plan.ts'
import { burstTimeline, traceTimeline } from './event-timeline.ts'

/*
 * The course of a load, computed before it starts. Times are microseconds since the run's start.
 *
 *   level        /-----------------------\            /---------------
 *   (rate or    /  warm-up  |  window 0   \   ramp   /  window 1      | cool-down
 *    users)    /            |              \--------/                 |
 *
 * The climb to the first step (its own ramp, or `spawnRate`) is part of the warm-up: the first window opens when both
 * are over. A warm-up by requests or until steady has no known end: until then the timeline stays at the first level.
 *
 * A sine starts with its window, at its centre: the warm-up is at the centre, the cool-down goes on with the wave. Bursts
 * keep their rhythm through warm-up and cool-down; a warm-up by requests is one burst of that many. A trace is not made
 * longer: its warm-up is its beginning and its cool-down its end, so that every row stays what it was.
 */

/** Stands for warm-up, ramps and cool-down instead of a window's index. */
const OUTSIDE = -1

/** A stretch of time in which the level changes linearly, as a sine, or not at all. */
export interface TimelineSegment {
  readonly startUs: number
  /** `Infinity` when only later events end it. */
  readonly endUs: number
  /** Arrivals per second or users. */
  readonly fromLevel: number
  readonly toLevel: number
  /** Step index, or -1 outside all windows. */
  readonly window: number
  /** What is added to the level; the wave is `intoUs` old when the segment starts. */
  readonly sine?: SineWave & { readonly intoUs: number }
  /** Arrivals at the start of a segment without length. */
  readonly burst?: number
}

/** A measured window: [startUs, endUs). */
interface PlannedWindow {
  readonly window: number
  readonly startUs: number
  /** `Infinity` on iteration profiles. */
  readonly endUs: number
}

export interface Timeline {
  readonly segments: readonly TimelineSegment[]
  /** By start; empty while the end of the warm-up is unknown. */
  readonly windows: readonly PlannedWindow[]
  /** Nothing is started at or after this; `Infinity` while unknown. */
  readonly endUs: number
}

/** What a timeline depends on. */
export type TimelinePlan = Pick<LoadPlan, 'profile' | 'warmup' | 'cooldownUs' | 'rest'>

/** Whether the end of the warm-up becomes known only while the load runs. */
export function isOpenEnded({ warmup }: Pick<TimelinePlan, 'warmup'>): boolean {
  return warmup.kind === 'auto' || (warmup.kind === 'requests' && warmup.requests > 0)
}

/**
 * The timeline of a plan. For a warm-up without a planned end, `openUs` is the time at which it was declared over; `null` while
 * it lasts. Iteration profiles have one window without a planned end: nothing is started `maxDuration` after its
 * opening, and it closes at the last completion.
 */
export function timelineOf(plan: TimelinePlan, openUs: number | null = null): Timeline {
  const { profile, rest } = plan
  if (rest !== undefined && rest.doneUs > 0) return restTimeline(plan, rest.doneUs, openUs)
  if (profile.executor === 'burst-arrivals') return burstTimeline(profile, plan, openUs)
  if (profile.executor === 'trace-arrivals') return traceTimeline(profile, plan, openUs)
  const steps = stepsOf(profile)
  const first = steps[0]!
  const climbUs = Math.max(first.rampUs, spawnUs(profile))
  const opensAt = Math.max(
    climbUs,
    plan.warmup.kind === 'duration' ? plan.warmup.durationUs : isOpenEnded(plan) ? (openUs ?? Infinity) : 0,
  )

  const segments: TimelineSegment[] = []
  let endUs = 0
  const add = (
    lengthUs: number,
    fromLevel: number,
    toLevel: number,
    window: number,
    wave: Pick<TimelineSegment, 'sine'> = {},
  ): void => {
    if (lengthUs <= 0) return
    segments.push({ startUs: endUs, endUs: endUs + lengthUs, fromLevel, toLevel, window, ...wave })
    endUs += lengthUs
  }
  add(climbUs, 0, first.level, OUTSIDE)
  add(opensAt - climbUs, first.level, first.level, OUTSIDE)
  if (opensAt !== Infinity) {
    steps.forEach((step, index) => {
      if (index > 0) add(step.rampUs, steps[index - 1]!.level, step.level, OUTSIDE)
      add(step.durationUs, step.level, step.level, index, waveOf(step, 0))
    })
    const last = steps.at(-1)!
    if (!isIterationProfile(profile))
      add(plan.cooldownUs, last.level, last.level, OUTSIDE, waveOf(last, last.durationUs))
  }
  const windows = segments
    .filter(({ window }) => window !== OUTSIDE)
    .map(({ window, startUs, endUs }) => ({ window, startUs, endUs: isIterationProfile(profile) ? Infinity : endUs }))
  return { segments, windows, endUs }
}

/**
 * The timeline of what is left of a load: climb and warm-up lead to the level at which it broke off, then the course goes
 * on from there. Windows keep their numbers.
 */
function restTimeline({ rest: _rest, ...plan }: TimelinePlan, doneUs: number, openUs: number | null): Timeline {
  const whole = timelineOf({ ...plan, warmup: { kind: 'duration', durationUs: 0 } })
  const climbUs = whole.windows[0]!.startUs
  const cutUs = climbUs + doneUs
  const tail = whole.segments
    // A burst has no length: it is left when its time has not come.
    .filter(({ startUs, endUs }) => endUs > cutUs || (startUs === endUs && startUs >= cutUs))
    .map((segment) => (segment.startUs < cutUs ? tailOf(segment, cutUs) : segment))
  const level = tail[0]?.fromLevel ?? 0
  const opensAt = Math.max(
    climbUs,
    plan.warmup.kind === 'duration' ? plan.warmup.durationUs : isOpenEnded(plan) ? (openUs ?? Infinity) : 0,
  )
  const lead = [
    { startUs: 0, endUs: climbUs, fromLevel: 0, toLevel: level, window: OUTSIDE },
    { startUs: climbUs, endUs: opensAt, fromLevel: level, toLevel: level, window: OUTSIDE },
  ].filter(({ startUs, endUs }) => endUs > startUs)
  if (opensAt === Infinity) return { segments: lead, windows: [], endUs: Infinity }
  const later = <T extends { readonly startUs: number; readonly endUs: number }>(part: T): T => ({
    ...part,
    startUs: Math.max(part.startUs, cutUs) + opensAt - cutUs,
    endUs: part.endUs + opensAt - cutUs,
  })
  return {
    segments: [...lead, ...tail.map(later)],
    windows: whole.windows.filter(({ endUs }) => endUs > cutUs).map(later),
    endUs: whole.endUs + opensAt - cutUs,
  }
}

/** A segment from a time inside it on. */
function tailOf(segment: TimelineSegment, fromUs: number): TimelineSegment {
  const { startUs, endUs, fromLevel, toLevel, sine } = segment
  const intoUs = fromUs - startUs
  return {
    ...segment,
    startUs: fromUs,
    fromLevel: fromLevel + ((toLevel - fromLevel) * intoUs) / (endUs - startUs),
    ...(sine === undefined ? {} : { sine: { ...sine, intoUs: sine.intoUs + intoUs } }),
  }
}

/** The timeline of a load that was stopped early: nothing starts and no window is open from then on. */
export function cutTimeline(timeline: Timeline, atUs: number): Timeline {
  const cut = <T extends { readonly startUs: number; readonly endUs: number }>(parts: readonly T[]): T[] =>
    parts.filter((part) => part.startUs < atUs).map((part) => ({ ...part, endUs: Math.min(part.endUs, atUs) }))
  return { segments: cut(timeline.segments), windows: cut(timeline.windows), endUs: Math.min(timeline.endUs, atUs) }
}

/** Index of the window that holds this time, -1 outside all of them. */
export function windowAt(timeline: Timeline, us: number): number {
  // Asked several times for every request: no iterator, no copies.
  const { windows } = timeline
  for (let i = 0; i < windows.length; i++) {
    const span = windows[i]!
    if (us < span.startUs) return OUTSIDE
    if (us < span.endUs) return span.window
  }
  return OUTSIDE
}

/** A stretch of time in which a user is at work. */
export interface UserSpan {
  readonly fromUs: number
  readonly toUs: number
}

/**
 * When the user with this number (0-based, over all generators) is at work: while the level is above the number. Users
 * thus start in order as the level rises, and the last to come is the first to leave.
 */
export function userSpans(timeline: Timeline, user: number): UserSpan[] {
  const spans: { fromUs: number; toUs: number }[] = []
  for (const { startUs, endUs, fromLevel, toLevel } of timeline.segments) {
    if (Math.max(fromLevel, toLevel) <= user) continue
    const crossing = (): number =>
      Math.round(startUs + ((user - fromLevel) / (toLevel - fromLevel)) * (endUs - startUs))
    const fromUs = fromLevel > user || fromLevel === toLevel ? startUs : crossing()
    const toUs = toLevel > user || fromLevel === toLevel ? endUs : crossing()
    const previous = spans.at(-1)
    if (previous?.toUs === fromUs) previous.toUs = toUs
    else spans.push({ fromUs, toUs })
  }
  return spans
}

type SteppedProfile = Exclude<ProfilePlan, BurstPlan | TracePlan>

interface Step {
  readonly level: number
  readonly durationUs: number
  readonly rampUs: number
  readonly sine?: SineWave
}

function waveOf({ sine }: Step, intoUs: number): Pick<TimelineSegment, 'sine'> {
  return sine === undefined ? {} : { sine: { ...sine, intoUs } }
}

function stepsOf(profile: SteppedProfile): readonly Step[] {
  if (isIterationProfile(profile)) return [{ level: profile.users, durationUs: profile.maxDurationUs, rampUs: 0 }]
  if (isArrivalProfile(profile)) return profile.steps.map((step) => ({ ...step, level: step.ratePerSecond }))
  return profile.steps.map((step) => ({ ...step, level: step.users }))
}

function spawnUs(profile: SteppedProfile): number {
  if (isIterationProfile(profile) || isArrivalProfile(profile) || profile.spawnRatePerSecond === null) return 0
  return Math.round((profile.steps[0]!.users / profile.spawnRatePerSecond) * 1e6)
}
