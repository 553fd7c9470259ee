import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan, Slo } from '../domain/load-plan.ts'
import { requireDurationUs, type Duration } from '../domain/quantity.ts'
import { exactDuration } from '../format/quantity-text.ts'

/** The SLO again, to be read beside the claim; it must be the one that `load()` was given. */
export interface DeclaredSlo {
  readonly latency?: Duration
  readonly ttft?: Duration
  readonly tpot?: Duration
}

/** Names of the limits. */
export const SLO_LIMITS = ['latency', 'ttft', 'tpot'] as const

/**
 * The SLO that a load was given. Generators keep histograms, not requests: another one cannot be applied afterwards.
 * @param given limits that the claim repeats; none to take the load's
 * @throws LoadError `not-measured` without a declared SLO or with another one
 */
export function declaredSlo(matcher: string, { slo }: LoadPlan, given: Readonly<Record<string, unknown>>): Slo {
  if (slo === null) {
    throw new LoadError(
      'not-measured',
      `${matcher}: this load was declared without an SLO, so no request was held against one`,
      { hint: "declare it where the load starts: load(scenario, { ..., slo: { latency: '1.5s' } })" },
    )
  }
  if (SLO_LIMITS.every((key) => given[key] === undefined)) return slo
  const limit = (key: string): number | null =>
    given[key] === undefined ? null : requireDurationUs(`${matcher}(..., { ${key} })`, given[key])
  const asked: Slo = { latencyUs: limit('latency'), ttftUs: limit('ttft'), tpotUs: limit('tpot') }
  if (asked.latencyUs === slo.latencyUs && asked.ttftUs === slo.ttftUs && asked.tpotUs === slo.tpotUs) return slo
  throw new LoadError(
    'not-measured',
    `${matcher}: got the SLO ${sloText(asked)}, but the load was declared with ${sloText(slo)}`,
    { hint: 'declare the SLO in load() and leave it out here' },
  )
}

/** `latency below 1.5 s, TTFT below 400 ms`. */
export function sloText({ latencyUs, ttftUs, tpotUs }: Slo): string {
  const limits = [
    ['latency', latencyUs],
    ['TTFT', ttftUs],
    ['TPOT', tpotUs],
  ] as const
  return (
    limits.flatMap(([name, us]) => (us === null ? [] : [`${name} below ${exactDuration(us)}`])).join(', ') || 'no limit'
  )
}
