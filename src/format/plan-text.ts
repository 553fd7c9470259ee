import type { ProfilePlan, ThinkTimePlan, WarmupPlan } from '../domain/load-plan.ts'
import { formatCount, formatDuration, formatRate } from './quantity-text.ts'

/** A profile as one line: `10/s poisson for 60 s`, `5 users, 100 iterations`. */
export function profileText(profile: ProfilePlan): string {
  switch (profile.executor) {
    case 'shared-iterations':
      return `${users(profile.users)}, ${formatCount(profile.iterations)} iterations${thinking(profile.thinkTime)}`
    case 'per-vu-iterations':
      return `${users(profile.users)}, ${formatCount(profile.iterationsPerUser)} iterations each${thinking(profile.thinkTime)}`
    case 'constant-vus':
    case 'ramping-vus':
      return stepsText(profile.steps.map((step) => [users(step.users), step.durationUs])) + thinking(profile.thinkTime)
    default:
      return stepsText(
        profile.steps.map((step) => [`${formatRate(step.ratePerSecond)} ${profile.arrivals}`, step.durationUs]),
      )
  }
}

/** `after 5 s of warm-up`; the empty string without one. */
export function warmupText(warmup: WarmupPlan): string {
  if (warmup.kind === 'requests')
    return warmup.requests === 0 ? '' : `after ${formatCount(warmup.requests)} warm-up requests`
  return warmup.durationUs === 0 ? '' : `after ${formatDuration(warmup.durationUs)} of warm-up`
}

function stepsText(steps: readonly (readonly [level: string, durationUs: number])[]): string {
  return steps.map(([level, durationUs]) => `${level} for ${formatDuration(durationUs)}`).join(', then ')
}

function users(count: number): string {
  return count === 1 ? '1 user' : `${formatCount(count)} users`
}

function thinking(thinkTime: ThinkTimePlan | null): string {
  if (thinkTime === null) return ''
  const { minUs, maxUs } = thinkTime
  const range = minUs === maxUs ? formatDuration(minUs) : `${formatDuration(minUs)} to ${formatDuration(maxUs)}`
  return `, thinking ${range}`
}
