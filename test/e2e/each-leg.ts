import { describe, inject } from 'vitest'
import type { Leg } from './global-setup.ts'

/** Declares tests for each combination of Vitest and Node. */
export function eachLeg(declare: (leg: Leg) => void): void {
  for (const leg of inject('legs')) {
    describe(leg.name, () => {
      declare(leg)
    })
  }
}
