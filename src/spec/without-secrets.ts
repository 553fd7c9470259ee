import type { MeasurementData } from '../domain/measurement.ts'
import { withoutCredentials } from '../domain/monitor-plan.ts'
import { redactPlan } from '../scenarios/redact.ts'

/** A measurement is printed, logged and written by people who do not think of the plan in it. */
export function withoutSecrets(data: MeasurementData): MeasurementData {
  const { plan } = data
  return {
    ...data,
    plan: { ...plan, scenario: redactPlan(plan.scenario), monitors: withoutCredentials(plan.monitors) },
  }
}
