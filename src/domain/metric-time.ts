import { TIME_UNITS_US, type TimeUnit } from './quantity.ts'

const ENDINGS: readonly (readonly [RegExp, TimeUnit])[] = [
  [/(?:^|[._])(?:nanoseconds|nanos|ns)$/i, 'ns'],
  [/(?:^|[._])(?:microseconds|micros|us)$/i, 'us'],
  [/(?:^|[._])(?:milliseconds|millis|ms)$/i, 'ms'],
  [/(?:^|[._])(?:seconds|secs|s)$/i, 's'],
]

/** The unit of time that a metric's name ends with, as the conventions of Prometheus ask for; `null` where it tells none. */
export function timeUnitOf(metric: string): TimeUnit | null {
  return ENDINGS.find(([ending]) => ending.test(metric))?.[1] ?? null
}

/** Microseconds of one unit of a duration metric; what tells no unit is in `otherwise`. */
export function microsecondsPer(metric: string, otherwise: TimeUnit): number {
  return TIME_UNITS_US[timeUnitOf(metric) ?? otherwise]
}
