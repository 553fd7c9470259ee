import type { MeasurementData } from '../domain/measurement.ts'
import { servedSeconds } from './served-seconds.ts'

/** Of fewer seconds a share says nothing: one of them would be a tenth. */
const FEWEST_SECONDS = 10

/**
 * Share of the whole seconds of the measured windows (ramps between them included) in which at least one good answer
 * ended. A second counts as lost when requests waited in it from before, failed, or were dropped or missed, and none was
 * good; one in which nobody asked for anything says nothing of the target and is left out.
 *
 * `null` under ten such seconds, and under one request per second: a second without an answer is then no outage. With few
 * answers per second (under five or so) or answers that take long, some seconds have none by chance, and the share errs on
 * the low side.
 */
export function availability(data: MeasurementData): number | null {
  const seconds = servedSeconds(data).filter(({ unmeasured }) => !unmeasured)
  const attempted = seconds.reduce((total, second) => total + second.attempted, 0)
  if (attempted < seconds.length) return null
  const good = seconds.filter(({ completed }) => completed > 0).length
  const lost = seconds.filter(
    ({ completed, waiting, failed, unsent }) => completed === 0 && waiting + failed + unsent > 0,
  ).length
  return good + lost < FEWEST_SECONDS ? null : good / (good + lost)
}
