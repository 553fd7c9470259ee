import type { ArrivalsPlan, ProfilePlan, RateStep, ThinkTimePlan, TracePlan, WarmupPlan } from '../domain/load-plan.ts'
import { formatCount, formatDuration, formatRate, formatUsers } from './quantity-text.ts'

/** A profile as one line: `10/s poisson for 60 s`, `5 users, 100 iterations`. */
export function profileText(profile: ProfilePlan): string {
  switch (profile.executor) {
    case 'shared-iterations':
      return `${formatUsers(profile.users)}, ${formatCount(profile.iterations)} iterations${thinking(profile.thinkTime)}`
    case 'per-vu-iterations':
      return `${formatUsers(profile.users)}, ${formatCount(profile.iterationsPerUser)} iterations each${thinking(profile.thinkTime)}`
    case 'constant-vus':
    case 'ramping-vus':
      return (
        stepsText(profile.steps.map((step) => [formatUsers(step.users), step.durationUs])) + thinking(profile.thinkTime)
      )
    case 'burst-arrivals':
      return profile.everyUs === null
        ? `${formatCount(profile.burst)} at once`
        : `${formatCount(profile.bursts)} times ${formatCount(profile.burst)} at once, every ${formatDuration(profile.everyUs)}`
    case 'trace-arrivals':
      return traceText(profile)
    default:
      return stepsText(profile.steps.map((step) => [`${rateText(step)} ${arrivalsText(profile)}`, step.durationUs]))
  }
}

/** `after 5 s of warm-up`, `once steady`; the empty string without one. */
export function warmupText(warmup: WarmupPlan): string {
  if (warmup.kind === 'auto') return 'once steady'
  if (warmup.kind === 'requests')
    return warmup.requests === 0 ? '' : `after ${formatCount(warmup.requests)} warm-up requests`
  return warmup.durationUs === 0 ? '' : `after ${formatDuration(warmup.durationUs)} of warm-up`
}

function stepsText(steps: readonly (readonly [level: string, durationUs: number])[]): string {
  return steps.map(([level, durationUs]) => `${level} for ${formatDuration(durationUs)}`).join(', then ')
}

function rateText({ ratePerSecond, sine }: RateStep): string {
  const rate = formatRate(ratePerSecond)
  if (sine === undefined) return rate
  return `${rate} ± ${formatRate(sine.amplitudePerSecond)} as a sine of ${formatDuration(sine.periodUs)},`
}

function traceText({ source, speed, arrivals, lengthUs }: TracePlan): string {
  const over = lengthUs === 0 ? 'at once' : `in ${formatDuration(lengthUs)}`
  const name = source === null ? 'trace' : `trace ${source}`
  return `${name}${speed === 1 ? '' : ` at ${speed} times its speed`}, ${formatCount(arrivals)} arrivals ${over}`
}

function arrivalsText({ arrivals, burstiness }: ArrivalsPlan): string {
  return burstiness === undefined ? arrivals : `${arrivals} (burstiness ${burstiness})`
}

function thinking(thinkTime: ThinkTimePlan | null): string {
  if (thinkTime === null) return ''
  return `, thinking ${thinkTimeText(thinkTime)}`
}

function thinkTimeText(thinkTime: ThinkTimePlan): string {
  if (!('distribution' in thinkTime)) {
    const { minUs, maxUs } = thinkTime
    return minUs === maxUs ? formatDuration(minUs) : `${formatDuration(minUs)} to ${formatDuration(maxUs)}`
  }
  switch (thinkTime.distribution) {
    case 'exponential':
      return `${formatDuration(thinkTime.meanUs)} (exponential)`
    case 'normal':
      return `${formatDuration(thinkTime.meanUs)} ± ${formatDuration(thinkTime.deviationUs)} (normal)`
    case 'lognormal':
      return `${formatDuration(thinkTime.medianUs)} (log-normal, sigma ${thinkTime.sigma})`
  }
}
