import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { optionsError } from '../domain/options-error.ts'
import { describe } from '../domain/quantity.ts'
import type { Scenario } from '../domain/scenario.ts'
import { COMMON_OPTIONS } from './common-options.ts'
import type { CommonLoadOptions, LoadOptions } from './load-options.ts'
import { LOAD } from './load-schema.ts'
import { type PlanContext, resolveLoad } from './resolve-load.ts'

/** Load on several services at once: each by name, with its scenario and its profile. */
export type Services<Name extends string = string> = Readonly<Record<Name, readonly [Scenario, ServiceOptions]>>

/** Options of one service; the common ones among them win over those of the whole load. */
export type ServiceOptions = LoadOptions & { readonly label?: never }

/** What the plans of services need beside the user's options. */
export interface ServicesContext extends Omit<PlanContext, 'id'> {
  readonly nextId: () => string
}

/** One service of a load. */
export interface ServicePlan {
  readonly service: string
  readonly plan: LoadPlan
}

const WHERE = 'load(services)'
const PAIR = "takes a pair such as [chat, { rate: 5, duration: '30s' }]"

/**
 * Resolves a load of several services into a plan for each. A plan's label is its service's name, after the label of the
 * whole load where it has one. Random draws of different services are independent: their seeds follow one another.
 * @throws LoadError `invalid-option` naming the service, the option, what it got and what it takes
 */
export function resolveServices(services: unknown, common: unknown, context: ServicesContext): readonly ServicePlan[] {
  const shared = commonOptions(common)
  const label = shared.label ?? context.label
  const named = Object.entries(servicesOf(services))
  return named.map(([service, pair], index) => {
    const where = `${WHERE}: ${service}`
    const { scenario, options } = pairOf(where, service, pair)
    const plan = located(where, service, () =>
      resolveLoad(
        scenario.plan(),
        { ...shared, seed: (shared.seed ?? 1) + index, ...options, label: undefined },
        {
          id: context.nextId(),
          label: label === '' ? service : `${label} / ${service}`,
          defaults: context.defaults,
          readRows: context.readRows,
        },
      ),
    )
    return { service, plan }
  })
}

function commonOptions(common: unknown = {}): CommonLoadOptions {
  const where = 'load(services, common)'
  if (!isRecord(common)) {
    throw new LoadError('invalid-option', `${where}: the options: got ${describe(common)}, takes an object`)
  }
  const result = COMMON_OPTIONS.schema.safeParse(common)
  if (!result.success) throw optionsError(where, result.error.issues, common, COMMON_OPTIONS.names)
  return common
}

function servicesOf(services: unknown): Readonly<Record<string, unknown>> {
  // Without any pair it was not meant as one.
  if (isRecord(services) && Object.values(services).some(Array.isArray)) return services
  throw new LoadError(
    'invalid-option',
    `${WHERE}: got ${describe(services)}, takes a scenario, or an object of services: { llm: [chat, profile], ... }`,
    {
      hint: "make a scenario with http.get(...), openai.chat(...) or scenario(new URL('./x.scenario.ts', import.meta.url)) of 'vitest-perf/scenarios'",
    },
  )
}

function pairOf(
  where: string,
  service: string,
  pair: unknown,
): { readonly scenario: Scenario; readonly options: Readonly<Record<string, unknown>> } {
  if (service.trim() === '') {
    throw new LoadError('invalid-option', `${WHERE}: got a service called '${service}', takes a name that is not empty`)
  }
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new LoadError('invalid-option', `${where}: got ${describe(pair)}, ${PAIR}`)
  }
  const [scenario, options] = pair as readonly unknown[]
  if (!isScenario(scenario)) {
    throw new LoadError('invalid-option', `${where}: the first of the pair is no scenario: got ${describe(scenario)}`, {
      hint: PAIR,
    })
  }
  if (!isRecord(options)) {
    throw new LoadError('invalid-option', `${where}: the second of the pair: got ${describe(options)}, takes a profile`)
  }
  if (options['label'] !== undefined) {
    throw new LoadError('invalid-option', `${where}: option label: the name of a service is its label`, {
      hint: 'a label in the second argument of load() stands before the names of all services',
    })
  }
  return { scenario, options }
}

/** Whether this is a scenario and no object of services. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && 'plan' in value && typeof value.plan === 'function'
}

/** Whether this is an object of services, right or wrong, and no scenario. */
export function isServices(value: unknown): value is Services {
  return isRecord(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isScenario(value)
}

/** The options of a service are those of a load: the same errors, said of another place. */
function located<Result>(where: string, service: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    const { code, problems } = error
    const renamed = (message: string): string =>
      message.includes(LOAD) ? message.replaceAll(LOAD, where) : `${where}: ${message}`
    throw new LoadError(code, renamed(error.message), {
      problems: problems.map(({ path, message }) => ({ path: [service, ...path], message: renamed(message) })),
    })
  }
}
