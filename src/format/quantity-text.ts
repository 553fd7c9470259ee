import type { MetricUnit } from '../domain/metric.ts'

/** What a missing value prints as; never 0. */
export const NOT_AVAILABLE = 'n/a'
const INFINITE = '∞'

/** Three significant digits without trailing zeros; whole numbers with thousands separators from 100 on. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? INFINITE : value < 0 ? `−${INFINITE}` : NOT_AVAILABLE
  const size = Math.abs(value)
  const text = size >= 99.95 ? grouped(Math.round(size)) : String(Number(size.toPrecision(3)))
  return value < 0 && text !== '0' ? `−${text}` : text
}

/** Microseconds as `412 us`, `83.2 ms`, `1.5 s`, `2.5 min`, `3 h`. */
export function formatDuration(us: number | null): string {
  if (us === null) return NOT_AVAILABLE
  if (!Number.isFinite(us)) return significant(us)
  const [unit, scale] = durationUnit(Number(Math.abs(us).toPrecision(3)))
  return `${significant(us / scale)} ${unit}`
}

/** A duration that somebody chose, such as a limit: all its digits, `109.65 ms`. */
export function exactDuration(us: number): string {
  const [unit, scale] = durationUnit(us)
  return `${exact(us / scale)} ${unit}`
}

/** A number that somebody chose: all its digits, without the noise of binary fractions. */
export function exact(value: number): string {
  return String(Number(value.toPrecision(12)))
}

function durationUnit(us: number): readonly [unit: string, scale: number] {
  if (us < 1e3) return ['us', 1]
  if (us < 1e6) return ['ms', 1e3]
  if (us < 120e6) return ['s', 1e6]
  return us < 7200e6 ? ['min', 60e6] : ['h', 3600e6]
}

/** Events per second: `10.1/s`. */
export function formatRate(perSecond: number | null): string {
  return perSecond === null ? NOT_AVAILABLE : `${significant(perSecond)}/s`
}

/** A number of users: `1 user`, `40 users`. */
export function formatUsers(count: number): string {
  return count === 1 ? '1 user' : `${formatCount(count)} users`
}

/** A whole number with thousands separators. */
export function formatCount(count: number | null): string {
  return count === null ? NOT_AVAILABLE : grouped(Math.round(count))
}

/** A part of 1 as percent. A part never rounds to all (`>99.9 %`) and something never rounds to nothing. */
export function formatShare(share: number | null): string {
  if (share === null) return NOT_AVAILABLE
  return share < 1 && share > 0.9995 ? '>99.9 %' : `${significant(share * 100)} %`
}

/** Bytes in SI units: `7.5 GB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NOT_AVAILABLE
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = Number(bytes.toPrecision(3))
  let unit = 0
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${significant(value)} ${units[unit]}`
}

/** A relative change (`new / old - 1`) with its sign: `−29.2 %`, `+4 %`. */
export function formatChange(change: number | null): string {
  if (change === null) return NOT_AVAILABLE
  const percent = Math.abs(change) < 1 ? Number((change * 100).toFixed(1)) : change * 100
  return `${percent > 0 ? '+' : ''}${significant(percent)} %`
}

/** A speed-up factor: `2.89×`. */
export function formatSpeedup(factor: number | null): string {
  return factor === null ? NOT_AVAILABLE : `${factor >= 99.95 ? significant(factor) : factor.toFixed(2)}×`
}

const METRIC_TEXTS: Readonly<Record<MetricUnit, (value: number) => string>> = {
  us: formatDuration,
  'us/token': (value) => `${formatDuration(value)}/token`,
  '1/s': formatRate,
  tokens: significant,
  words: significant,
  count: significant,
  ratio: significant,
  users: formatUsers,
  share: formatShare,
  'bytes/s': (value) => `${formatBytes(value)}/s`,
}

/** A value in the unit of its metric. */
export function formatMetric(unit: MetricUnit, value: number | null): string {
  return value === null ? NOT_AVAILABLE : METRIC_TEXTS[unit](value)
}

/** A difference of shares in percentage points, without sign: `0.5 pp`. */
export function formatPoints(difference: number): string {
  return `${significant(Number((difference * 100).toPrecision(3)))} pp`
}

/** `[80.1 ms, 86.4 ms]`; the empty string without an interval. */
export function formatInterval(interval: readonly [number, number] | null, format: (value: number) => string): string {
  return interval === null ? '' : `[${format(interval[0])}, ${format(interval[1])}]`
}

function grouped(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
}
