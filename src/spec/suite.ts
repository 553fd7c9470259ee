import { describe, expect } from 'vitest'
import { z } from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import { describe as text } from '../domain/quantity.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { Scenario } from '../domain/scenario.ts'
import { MATCHERS } from '../matchers/register.ts'
import { Measurement } from '../measure/measurement.ts'
import type { LoadOptions } from '../plan/load-options.ts'
import { type PlanContext, resolveLoad } from '../plan/resolve-load.ts'
import { http, openai, scenario } from '../scenarios/index.ts'
import { emptyMeasurement } from './empty-measurement.ts'
import { test } from './perf-test.ts'

type ScenarioKind =
  | `http.${'get' | 'post' | 'put' | 'patch' | 'delete'}`
  | 'openai.chat'
  | 'openai.completion'
  | 'module'

/** A scenario as data: its kind with its options, e.g. `{ 'openai.chat': { baseUrl, model, messages } }`. */
export type ScenarioDefinition = Scenario | Readonly<Partial<Record<ScenarioKind, object>>>

/** A test as data. */
export interface TestDefinition {
  /** Name of a scenario of the suite, with the load options beside it. */
  readonly load: { readonly scenario: string } & LoadOptions
  /** Matcher name -> its argument; a list for several arguments, `true` for none. */
  readonly expect: Readonly<Record<string, unknown>>
}

/** A suite as data: what YAML and generated suites hold. */
export interface SuiteDefinition {
  readonly scenarios: Readonly<Record<string, ScenarioDefinition>>
  readonly tests: Readonly<Record<string, TestDefinition>>
}

/** Kinds of scenario that data can name. */
const SCENARIO_KINDS: Readonly<Record<ScenarioKind, (options: never) => Scenario>> = {
  'http.get': fromUrl(http.get),
  'http.post': fromUrl(http.post),
  'http.put': fromUrl(http.put),
  'http.patch': fromUrl(http.patch),
  'http.delete': fromUrl(http.delete),
  'openai.chat': (options) => openai.chat(options),
  'openai.completion': (options) => openai.completion(options),
  module: ({ source, params }: { source: string; params?: unknown }): Scenario => scenario(source, params),
}

const KINDS = Object.keys(SCENARIO_KINDS)

const SUITE = z.strictObject({
  scenarios: z.record(
    z.string(),
    z.custom<ScenarioDefinition>(
      isScenarioDefinition,
      `takes a scenario, or an object with one of ${KINDS.join(', ')}`,
    ),
  ),
  tests: z.record(
    z.string(),
    z.strictObject({
      load: z.looseObject({ scenario: z.string('takes the name of a scenario of this suite') }),
      expect: z.record(z.string(), z.unknown(), 'takes an object of matcher names'),
    }),
  ),
})

/**
 * Declares a suite of perf tests from data. Everything is checked before the first load.
 * @throws LoadError `invalid-option` with the path into the data, what was found there and what is allowed
 */
export function suite(name: string, definition: SuiteDefinition): void {
  const where = `suite('${name}')`
  const result = SUITE.safeParse(definition)
  if (!result.success) throw optionsError(where, result.error.issues, definition, Object.keys(SUITE.shape))
  const scenarios = new Map(
    Object.entries(definition.scenarios).map(([key, value]) => [key, scenarioOf(`${where}: scenarios.${key}`, value)]),
  )
  const tests = Object.entries(definition.tests).map(([title, { load, expect: claims }]) => {
    const path = `${where}: tests['${title}']`
    const { scenario: scenarioName, ...options } = load
    const chosen = scenarios.get(scenarioName)
    if (chosen === undefined) {
      throw new LoadError(
        'invalid-option',
        `${path}.load.scenario: got ${text(scenarioName)}, takes one of ${[...scenarios.keys()].join(', ')}`,
      )
    }
    const nothing = new Measurement(emptyMeasurement(planOf(`${path}.load`, options)))
    for (const [matcher, argument] of Object.entries(claims)) checkClaim(`${path}.expect`, nothing, matcher, argument)
    return { title, chosen, options, claims }
  })
  describe(name, () => {
    for (const { title, chosen, options, claims } of tests) {
      test(title, async ({ load }) => {
        const run = await load(chosen, options)
        for (const [matcher, argument] of Object.entries(claims)) {
          // Soft: one broken claim must not hide what the others found in the same load.
          const claim = expect.soft(run) as unknown as Record<string, (...args: readonly unknown[]) => void>
          claim[matcher]!(...argumentsOf(argument))
        }
      })
    }
  })
}

function isScenarioDefinition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if ('plan' in value) return true
  const keys = Object.keys(value)
  return keys.length === 1 && KINDS.includes(keys[0]!)
}

function scenarioOf(where: string, definition: ScenarioDefinition): Scenario {
  if ('plan' in definition) return definition
  const [kind, options] = Object.entries(definition)[0]!
  return located(`${where}.${kind}`, () => SCENARIO_KINDS[kind as ScenarioKind](options as never))
}

/** The plan as far as it is known without the scenario, whose addresses may come later. */
function planOf(where: string, options: object): LoadPlan {
  const context: PlanContext = { id: '', label: '', defaults: { onInvalid: 'fail', onInconclusive: 'warn' } }
  return located(where, () =>
    resolveLoad({ kind: 'module', name: '', source: '', params: null, bundle: null }, options, context),
  )
}

/** Calls the matcher on a measurement without requests: bad arguments throw, and only they matter here. */
function checkClaim(path: string, nothing: Measurement, name: string, argument: unknown): void {
  const matcher = MATCHERS[name]
  if (matcher === undefined) {
    throw new LoadError('invalid-option', `${path}: unknown matcher ${name}`, {
      hint: `matchers are ${Object.keys(MATCHERS).join(', ')}`,
    })
  }
  try {
    matcher.call({ isNot: false }, nothing, ...argumentsOf(argument))
  } catch (error) {
    if (error instanceof LoadError && error.code === 'invalid-option')
      throw new LoadError('invalid-option', `${path}.${name}: ${error.message}`)
  }
}

function argumentsOf(argument: unknown): readonly unknown[] {
  if (argument === true) return []
  return Array.isArray(argument) ? argument : [argument]
}

function fromUrl(make: (url: string, options: never) => Scenario): (options: { url: string }) => Scenario {
  return ({ url, ...options }) => make(url, options as never)
}

/** Runs `work` and puts the place in the data before the message of what it throws. */
function located<Result>(where: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof LoadError) throw new LoadError(error.code, `${where}: ${error.message}`)
    throw error
  }
}
