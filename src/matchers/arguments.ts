import { LoadError } from '../domain/load-error.ts'
import { describe, requireDurationUs, requireShare } from '../domain/quantity.ts'
import { formatBytes } from '../format/quantity-text.ts'

/** A positive limit in microseconds. @throws LoadError `invalid-option` naming the matcher */
export function limitUs(matcher: string, limit: unknown): number {
  const us = requireDurationUs(`${matcher}(limit)`, limit)
  if (us === 0)
    throw new LoadError(
      'invalid-option',
      `${matcher}(limit): got ${describe(limit)}, takes a duration above 0: nothing takes less than no time`,
    )
  return us
}

/** A limit above 0 and at most 1. @throws LoadError `invalid-option` naming the matcher */
export function limitShare(matcher: string, limit: unknown): number {
  const share = requireShare(`${matcher}(share)`, limit)
  if (share === 0) {
    throw new LoadError(
      'invalid-option',
      `${matcher}(share): got ${describe(limit)}, takes a share above 0: no share is below it`,
      {
        hint: 'toHaveNoErrors() claims that nothing failed',
      },
    )
  }
  return share
}

/** A rate per second above 0. @throws LoadError `invalid-option` naming the matcher */
export function ratePerSecond(matcher: string, rate: unknown): number {
  if (typeof rate === 'number' && Number.isFinite(rate) && rate > 0) return rate
  throw new LoadError('invalid-option', `${matcher}(n): got ${describe(rate)}, takes a number per second above 0`)
}

/** A percentile over 0 and under 100. @throws LoadError `invalid-option` naming the matcher */
export function percentileOf(option: string, p: unknown): number {
  if (typeof p === 'number' && p > 0 && p < 100) return p
  const hint = typeof p === 'string' ? { hint: 'write it as a number: 95 for p95' } : {}
  throw new LoadError(
    'invalid-option',
    `${option}: got ${describe(p)}, takes a percentile above 0 and below 100, such as 95 or 99.9`,
    hint,
  )
}

/** An options object that has no other keys than the given ones. @throws LoadError `invalid-option` naming the matcher */
export function optionsOf(
  matcher: string,
  options: unknown,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  if (options === undefined) return {}
  const takes = `takes { ${keys.map((key) => `${key}?`).join(', ')} }`
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new LoadError('invalid-option', `${matcher}(..., options): got ${describe(options)}, ${takes}`)
  }
  const strange = Object.keys(options).find((key) => !keys.includes(key))
  if (strange !== undefined)
    throw new LoadError('invalid-option', `${matcher}(..., options): unknown option ${describe(strange)}, ${takes}`)
  return options as Readonly<Record<string, unknown>>
}

/** A limit of memory as it was asked for. */
export function sizeText(asked: unknown, bytes: number): string {
  return typeof asked === 'string' ? asked.trim().replace(/\s*([kKMGTi]*B)$/, ' $1') : formatBytes(bytes)
}
