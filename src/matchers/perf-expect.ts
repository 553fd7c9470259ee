import { type Assertion, expect as vitestExpect, type ExpectStatic } from 'vitest'
import type { MeasurementView } from '../measure/measurement.ts'
import type { ServicesMeasurement } from '../measure/services-measurement.ts'
import type { PerfMatchers } from './augmentation.ts'

/** What may be claimed of a measurement: our matchers in place of Vitest's of the same name, and all others. */
export type PerfAssertion = PerfMatchers & { readonly not: PerfAssertion } & Omit<Assertion, keyof PerfMatchers | 'not'>

/**
 * Vitest's `expect`. Only its type differs: Vitest 5 declares a `toBeFasterThan` of its own, for benchmarks, which an
 * augmentation cannot overload.
 */
export interface PerfExpect extends ExpectStatic {
  (measurement: MeasurementView | ServicesMeasurement, message?: string): PerfAssertion
  soft: ExpectStatic['soft'] & ((measurement: MeasurementView | ServicesMeasurement, message?: string) => PerfAssertion)
}

/** Vitest's own `expect`, typed for measurements. */
export const expect: PerfExpect = vitestExpect as PerfExpect
