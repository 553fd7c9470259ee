import type { LoadPlan } from '../domain/load-plan.ts'
import { type MeasurementData, NO_OUTCOMES } from '../domain/measurement.ts'
import { VALID } from '../domain/validity.ts'

/** What a load without a single request gives: for checking what does not depend on numbers. */
export function emptyMeasurement(plan: LoadPlan): MeasurementData {
  return {
    schema: 'perf/measurement@1',
    runId: '',
    specId: { file: '', path: [], label: '' },
    plan,
    startedAt: '',
    totalUs: 0,
    series: {
      windowUs: 0,
      outcomes: NO_OUTCOMES,
      events: {
        sent: 0,
        completed: 0,
        failed: 0,
        completedWithinSlo: 0,
        outputTokens: 0,
        inputTokens: 0,
        bytesReceived: 0,
      },
      distributions: {},
    },
    requests: {},
    steps: [],
    warmup: NO_OUTCOMES,
    firstLatencyUs: null,
    buckets: [],
    health: [],
    errors: [],
    tokenSource: null,
    validity: VALID,
  }
}
