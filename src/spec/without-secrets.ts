import type { MeasurementData } from '../domain/measurement.ts'
import { redactPlan } from '../scenarios/redact.ts'

/** A measurement is printed, logged and written by people who do not think of the plan in it. */
export function withoutSecrets(data: MeasurementData): MeasurementData {
  return { ...data, plan: { ...data.plan, scenario: redactPlan(data.plan.scenario) } }
}
