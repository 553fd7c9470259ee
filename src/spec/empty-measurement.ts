import type { LoadPlan } from '../domain/load-plan.ts'
import { type MeasurementData, NO_EVENTS, NO_OUTCOMES } from '../domain/measurement.ts'
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
      events: NO_EVENTS,
      distributions: {},
    },
    requests: {},
    promptClasses: {},
    steps: [],
    checks: {},
    warmup: NO_OUTCOMES,
    firstLatencyUs: null,
    buckets: [],
    events: [],
    gaps: [],
    watched: [],
    alerts: [],
    health: [],
    errors: [],
    tokenSource: null,
    promptOffset: null,
    validity: VALID,
  }
}
