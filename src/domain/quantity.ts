import { LoadError } from './load-error.ts'
import { isSecretName } from './secret-name.ts'

type DurationUnit = 'us' | 'ms' | 's' | 'm' | 'h'

/** A length of time: `'250ms' | '10s' | '5m' | '24h'`, or a number of milliseconds. */
export type Duration = number | `${number}${DurationUnit}`

/** A part of a whole: `'1%'`, or a number from 0 to 1. */
export type Share = number | `${number}%`

type SizeUnit = 'B' | 'kB' | 'MB' | 'GB' | 'TB' | 'KiB' | 'MiB' | 'GiB' | 'TiB'

/** An amount of memory: `'7.5GB'` (SI) or `'7.5GiB'` (binary), or a number of bytes. */
export type Size = number | `${number}${SizeUnit}`

const BYTES: Readonly<Record<SizeUnit, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** Microseconds of the units in which servers and files tell times as plain numbers. */
export const TIME_UNITS_US = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 } as const
export type TimeUnit = keyof typeof TIME_UNITS_US

const MICROSECONDS: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6, min: 60e6, h: 3600e6 }
export const DURATION_FORM = "a duration such as '250ms', '10s', '5m', '24h', or a number of milliseconds"
export const SHARE_FORM = "a share such as '1%' or a number from 0 to 1"

/** Microseconds of a duration, rounded to whole ones; `null` when it is none (not finite, negative or of unknown form). */
export function durationUs(input: unknown): number | null {
  if (typeof input === 'number') return Number.isFinite(input) && input >= 0 ? Math.round(input * 1e3) : null
  if (typeof input !== 'string') return null
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(us|µs|ms|s|min|m|h)\s*$/.exec(input)
  return match ? Math.round(Number(match[1]) * MICROSECONDS[match[2]!]!) : null
}

/** The number that a share stands for; `null` when it is none or outside 0..1. */
export function shareOf(input: unknown): number | null {
  if (typeof input === 'number') return input >= 0 && input <= 1 ? input : null
  if (typeof input !== 'string') return null
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*%\s*$/.exec(input)
  const share = match ? Number(match[1]) / 100 : Number.NaN
  return share >= 0 && share <= 1 ? share : null
}

/** Like {@link durationUs}, but @throws LoadError `invalid-option` naming the option, what it got and what it takes. */
export function requireDurationUs(option: string, input: unknown): number {
  const us = durationUs(input)
  if (us === null) throw new LoadError('invalid-option', `${option}: got ${describe(input)}, takes ${DURATION_FORM}`)
  return us
}

/** Like {@link shareOf}, but @throws LoadError `invalid-option` naming the option, what it got and what it takes. */
export function requireShare(option: string, input: unknown): number {
  const share = shareOf(input)
  if (share === null) throw new LoadError('invalid-option', `${option}: got ${describe(input)}, takes ${SHARE_FORM}`)
  return share
}

/** Bytes of a size; `null` when it is none. */
export function bytesOf(input: unknown): number | null {
  const match = typeof input === 'string' ? /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([kKMGT]?i?B)\s*$/.exec(input) : null
  // KB is what many write for kB.
  const unit = match === null ? 1 : BYTES[(match[2] === 'KB' ? 'kB' : match[2]) as SizeUnit]
  const bytes = typeof input === 'number' ? input : Number(match?.[1]) * unit
  return Number.isFinite(bytes) && bytes >= 0 ? bytes : null
}

/** Bytes of a size. @throws LoadError `invalid-option` naming the option, what it got and what it takes */
export function requireBytes(option: string, input: unknown): number {
  const bytes = bytesOf(input)
  if (bytes !== null) return bytes
  throw new LoadError(
    'invalid-option',
    `${option}: got ${describe(input)}, takes a size such as '7.5GB' (SI), '7.5GiB' (binary), or a number of bytes`,
  )
}

/** A value as error messages show it: without the credentials in it that can be told by their place. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${withoutSecrets(value)}'`
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value)
  if (typeof value === 'function') return 'a function'
  try {
    const text = JSON.stringify(value, (key, inner: unknown) =>
      isSecretName(key) ? '[redacted]' : typeof inner === 'string' ? withoutSecrets(inner) : inner,
    )
    return text.length > 80 ? `${text.slice(0, 77)}...` : text
  } catch {
    return typeof value
  }
}

function withoutSecrets(text: string): string {
  return text
    .replace(/:\/\/[^/?#\s]*@/g, '://[redacted]@')
    .replace(/([?&])([^=&#\s]+)=[^&#\s]*/g, (whole, lead: string, name: string) =>
      isSecretName(name) ? `${lead}${name}=[redacted]` : whole,
    )
}
