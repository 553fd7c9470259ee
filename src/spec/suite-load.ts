import type { SuiteClaim } from '../declarative/suite-claims.ts'
import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { describe } from '../domain/quantity.ts'
import type { Scenario } from '../domain/scenario.ts'
import { Measurement } from '../measure/measurement.ts'
import { ServicesMeasurement } from '../measure/services-measurement.ts'
import type { CommonLoadOptions, LoadOptions } from '../plan/load-options.ts'
import { type PlanContext, resolveLoad } from '../plan/resolve-load.ts'
import { resolveServices, type ServiceOptions } from '../plan/resolve-services.ts'
import { emptyMeasurement } from './empty-measurement.ts'
import { located } from './located.ts'
import { readRowFile } from '../scenarios/row-file.ts'
import type { LoadFixture } from './perf-test.ts'

/** A scenario of the suite by its name, with the load options beside it. */
export type ScenarioLoad = { readonly scenario: string } & LoadOptions

/** Several services at once, by name, and beside them the options for all. */
export interface ServicesLoad extends CommonLoadOptions {
  readonly services: Readonly<Record<string, { readonly scenario: string } & ServiceOptions>>
}

/** What a suite's test judges: a load, or one of several services. */
export type SuiteRun = Measurement | ServicesMeasurement

/** The load of a test of a suite, checked as far as it can be before it runs. */
export interface SuiteLoad {
  /** What it gives without a single request: for checking claims. */
  readonly nothing: SuiteRun
  apply(load: LoadFixture): Promise<SuiteRun>
}

const CONTEXT: PlanContext = {
  id: '',
  label: '',
  defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
  readRows: readRowFile,
}

/** Stands for a scenario whose addresses may come later. */
const UNKNOWN: Scenario = {
  name: '',
  plan: () => ({ kind: 'module', name: '', source: '', params: null, bundle: null }),
}

/**
 * Reads the load of a test.
 * @param where how messages name it
 * @param path where it stands in the suite's data
 * @throws LoadError `invalid-option`
 */
export function suiteLoad(
  where: string,
  path: readonly string[],
  load: ScenarioLoad | ServicesLoad,
  scenarios: ReadonlyMap<string, Scenario>,
): SuiteLoad {
  if ('services' in load) return servicesLoad(where, path, load, scenarios)
  const { scenario, ...options } = load
  const chosen = scenarioNamed(where, path, scenario, scenarios)
  const plan = located(where, path, () => resolveLoad(UNKNOWN.plan(), options, CONTEXT))
  return { nothing: nothingOf(plan), apply: (apply) => apply(chosen, options as LoadOptions) }
}

function servicesLoad(
  where: string,
  path: readonly string[],
  { services, ...common }: ServicesLoad,
  scenarios: ReadonlyMap<string, Scenario>,
): SuiteLoad {
  const pairs = Object.entries(services).map(([name, { scenario, ...options }]) => {
    const chosen = scenarioNamed(`${where}.services.${name}`, [...path, 'services', name], scenario, scenarios)
    return [name, chosen, options] as const
  })
  const of = (scenarioOf: (chosen: Scenario) => Scenario): Record<string, readonly [Scenario, ServiceOptions]> =>
    Object.fromEntries(pairs.map(([name, chosen, options]) => [name, [scenarioOf(chosen), options]]))
  // A problem of one service names it first; any other is about the options for all.
  const below = (problem: readonly PropertyKey[]): readonly PropertyKey[] =>
    problem[0] !== undefined && Object.hasOwn(services, problem[0])
      ? [...path, 'services', ...problem]
      : [...path, ...problem]
  const plans = located(where, below, () =>
    resolveServices(
      of(() => UNKNOWN),
      common,
      { ...CONTEXT, nextId: () => '' },
    ),
  )
  return {
    nothing: new ServicesMeasurement(Object.fromEntries(plans.map(({ service, plan }) => [service, nothingOf(plan)]))),
    apply: (apply) =>
      apply(
        of((chosen) => chosen),
        common,
      ),
  }
}

/** Names of the services that a load loads. */
export function servicesOf(load: ScenarioLoad | ServicesLoad): readonly string[] {
  return 'services' in load ? Object.keys(load.services) : []
}

/** What a claim is about. */
export function judgedBy({ service }: SuiteClaim, run: SuiteRun): SuiteRun {
  return service === null ? run : (run.scenario(service) as Measurement)
}

function scenarioNamed(
  where: string,
  path: readonly string[],
  name: string,
  scenarios: ReadonlyMap<string, Scenario>,
): Scenario {
  const chosen = scenarios.get(name)
  if (chosen !== undefined) return chosen
  const known = [...scenarios.keys()].join(', ')
  const message = `${where}.scenario: got ${describe(name)}, takes one of ${known}`
  throw new LoadError('invalid-option', message, { problems: [{ path: [...path, 'scenario'], message }] })
}

function nothingOf(plan: LoadPlan): Measurement {
  return new Measurement(emptyMeasurement(plan))
}
