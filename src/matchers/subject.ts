import type { LoadPlan } from '../domain/load-plan.ts'
import { LoadError } from '../domain/load-error.ts'
import type { ErrorSample, MeasurementData, SeriesData, StepData } from '../domain/measurement.ts'
import { requestMetric, type DistributionId } from '../domain/metric.ts'
import { describe } from '../domain/quantity.ts'
import type { ServicesData } from '../domain/services-data.ts'
import type { Validity } from '../domain/validity.ts'
import type { MatrixData } from '../measure/sweep-matrix.ts'
import type { MeasurementView } from '../measure/measurement.ts'
import { contextOf, type MatcherContext } from './context.ts'

/** What a matcher judges: a load, one of its steps, the requests of one name, or a stage of one of these. */
export interface Subject {
  /** How a claim names it: empty for a whole load, ` of step 2 (50/s)`. */
  readonly of: string
  readonly data: MeasurementData
  readonly plan: LoadPlan
  readonly series: SeriesData
  /** What latency matchers look at: `latency`, or the stage. */
  readonly primary: DistributionId
  /** The step that this is; `null` for a load or the requests of one name. */
  readonly step: StepData | null
  /** All steps when this is a load of several; else none. */
  readonly steps: readonly StepData[]
  /** Asked arrivals per second; `null` on user profiles, for several steps and for requests of one name. */
  readonly ratePerSecond: number | null
  readonly validity: Validity
  /** Distinct failures of the load that belong here. */
  readonly errors: readonly ErrorSample[]
  readonly context: MatcherContext | null
}

/**
 * Reads what `expect()` was given.
 * @throws LoadError `invalid-option` when it is no measurement, with a word on a forgotten `await`
 */
export function subjectOf(received: unknown, matcher: string): Subject {
  if (!isView(received)) throw wrongSubject(received, matcher)
  return subjectFrom(received)
}

/** Several loads that `expect()` was given as one: each is judged by itself. */
export interface Loads {
  readonly kind: 'service' | 'cell'
  readonly parts: readonly LoadPart[]
}

/** One of several loads. */
export interface LoadPart {
  /** `service llm`, `cell users=4`. */
  readonly name: string
  /** `null` when it measured nothing. */
  readonly subject: Subject | null
  /** What failed in it; `null` for nothing. */
  readonly why: string | null
}

/** The services of a load of several or the cells of a sweep; `null` when `expect()` was given something else. */
export function loadsOf(received: unknown): Loads | null {
  if (isServices(received)) {
    const parts = Object.entries(received.data.services).map(([name, data]) => ({
      name: `service ${name}`,
      subject: wholeLoad(data),
      why: null,
    }))
    return { kind: 'service', parts }
  }
  if (!isMatrix(received)) return null
  const parts = received.data.cells.map(({ label, measurement, why }) => ({
    name: `cell ${label}`,
    subject: measurement === null ? null : wholeLoad(measurement),
    why,
  }))
  return { kind: 'cell', parts }
}

function wholeLoad(data: MeasurementData): Subject {
  const { series, validity } = data
  return subjectFrom({ data, series, validity, subject: '', primary: 'latency' })
}

function subjectFrom(view: Pick<MeasurementView, 'data' | 'series' | 'subject' | 'primary' | 'validity'>): Subject {
  const { data, series, subject, primary, validity } = view
  const step = data.steps.find((one) => one.series === series)
  const whole = series === data.series
  const request = Object.keys(data.requests).find((name) => data.requests[name] === series)
  return {
    of: subject === '' ? '' : ` of ${subject}`,
    data,
    series,
    primary,
    validity,
    plan: data.plan,
    step: whole ? null : (step ?? null),
    steps: whole && data.steps.length > 1 ? data.steps : [],
    ratePerSecond: whole ? onlyRate(data) : (step?.ratePerSecond ?? null),
    errors: whole || step !== undefined ? data.errors : data.errors.filter((error) => error.request === request),
    context: contextOf(view),
  }
}

/** A statistic of a duration in words: `p99 latency of step 2 (50/s)`, `p99 of stage "queue"`. */
export function statisticText(subject: Subject, statistic: string, metric: DistributionId): string {
  return `${statistic}${metric.startsWith('stage:') ? '' : ` ${requestMetric(metric).label}`}${subject.of}`
}

/** For matchers that a stage has no numbers for. @throws LoadError `invalid-option` */
export function requireRequests(subject: Subject, matcher: string): Subject {
  if (!subject.primary.startsWith('stage:')) return subject
  throw new LoadError(
    'invalid-option',
    `${matcher}: got${subject.of}, takes a load, a step or the requests of one name`,
    {
      hint: 'a stage is a part of a latency: it has percentiles, a mean and a maximum, but no requests of its own',
    },
  )
}

function onlyRate({ steps }: MeasurementData): number | null {
  return steps.length === 1 ? steps[0]!.ratePerSecond : null
}

/** By shape, not by class: each entry point of the package may hold a copy of the class. */
function isView(received: unknown): received is MeasurementView {
  return schemaOf(received) === 'perf/measurement@1' && 'series' in (received as object)
}

function isServices(received: unknown): received is { readonly data: ServicesData } {
  return schemaOf(received) === 'perf/services@1'
}

function isMatrix(received: unknown): received is { readonly data: MatrixData } {
  return schemaOf(received) === 'perf/matrix@1'
}

function schemaOf(received: unknown): unknown {
  if (typeof received !== 'object' || received === null || !('data' in received)) return null
  const { data } = received
  return typeof data === 'object' && data !== null && 'schema' in data ? data.schema : null
}

function wrongSubject(received: unknown, matcher: string): LoadError {
  if (received instanceof Promise) {
    return new LoadError('invalid-option', `${matcher}: got a promise, takes a measurement`, {
      hint: 'await the load: const run = await load(...)',
    })
  }
  if (isServices(received)) {
    const services = Object.keys(received.data.services)
    return new LoadError('invalid-option', `${matcher}: got a load of several services, takes one of them`, {
      hint: `expect(run.scenario('${services[0]}')); its services are ${services.join(', ')}`,
    })
  }
  if (isMatrix(received)) {
    return new LoadError('invalid-option', `${matcher}: got a sweep, takes one of its cells`, {
      hint: 'expect(matrix.at({ ... })) with a value of every axis',
    })
  }
  return new LoadError('invalid-option', `${matcher}: got ${describe(received)}, takes what load() returned`, {
    hint: 'expect(run), expect(run.step(i)), expect(run.scenario(name)), expect(run.promptClass(name)) or expect(run.stage(name)), with const run = await load(...)',
  })
}
