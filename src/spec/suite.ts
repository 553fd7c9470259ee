import { describe, expect } from 'vitest'
import { z } from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import { MATCHERS } from '../matchers/register.ts'
import { test } from './perf-test.ts'
import {
  claimsOf,
  judgedBy,
  type ScenarioLoad,
  type ServicesLoad,
  type SuiteClaim,
  suiteLoad,
  type SuiteRun,
} from './suite-load.ts'
import { type ScenarioDefinition, scenarioDefinition, suiteScenarios } from './suite-scenarios.ts'

/** A test as data. */
export interface TestDefinition {
  readonly load: ScenarioLoad | ServicesLoad
  /**
   * Matcher name -> its argument; a list for several arguments, `true` for none. Of several services, the claims of one
   * stand under its name.
   */
  readonly expect: Readonly<Record<string, unknown>>
}

/** A suite as data: what YAML and generated suites hold. */
export interface SuiteDefinition {
  readonly scenarios: Readonly<Record<string, ScenarioDefinition>>
  readonly tests: Readonly<Record<string, TestDefinition>>
}

const scenarioLoad = z.looseObject({ scenario: z.string('takes the name of a scenario of this suite') })

const SUITE = z.strictObject({
  scenarios: z.record(z.string(), scenarioDefinition),
  tests: z.record(
    z.string(),
    z.strictObject({
      load: z.union(
        [scenarioLoad, z.looseObject({ services: z.record(z.string(), scenarioLoad) })],
        'takes a scenario by name with a profile, or { services: { name: { scenario, ...profile } } }',
      ),
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
  const scenarios = suiteScenarios(where, definition.scenarios)
  const tests = Object.entries(definition.tests).map(([title, { load, expect: expected }]) => {
    const path = `${where}: tests['${title}']`
    const checked = suiteLoad(`${path}.load`, load, scenarios)
    const claims = claimsOf(expected, checked.nothing)
    for (const claim of claims) checkClaim(`${path}.expect`, checked.nothing, claim)
    return { title, checked, claims }
  })
  describe(name, () => {
    for (const { title, checked, claims } of tests) {
      test(title, async ({ load }) => {
        const run = await checked.apply(load)
        for (const claim of claims) {
          // Soft: one broken claim must not hide what the others found in the same load.
          const matchers = expect.soft(judgedBy(claim, run)) as unknown as Record<
            string,
            (...args: readonly unknown[]) => void
          >
          matchers[claim.matcher]!(...argumentsOf(claim.argument))
        }
      })
    }
  })
}

/** Calls the matcher on a measurement without requests: bad arguments throw, and only they matter here. */
function checkClaim(where: string, nothing: SuiteRun, claim: SuiteClaim): void {
  const path = claim.service === null ? where : `${where}.${claim.service}`
  const matcher = MATCHERS[claim.matcher]
  if (matcher === undefined) {
    throw new LoadError('invalid-option', `${path}: unknown matcher ${claim.matcher}`, {
      hint: `matchers are ${Object.keys(MATCHERS).join(', ')}`,
    })
  }
  try {
    matcher.call({ isNot: false }, judgedBy(claim, nothing), ...argumentsOf(claim.argument))
  } catch (error) {
    if (error instanceof LoadError && error.code === 'invalid-option')
      throw new LoadError('invalid-option', `${path}.${claim.matcher}: ${error.message}`)
  }
}

function argumentsOf(argument: unknown): readonly unknown[] {
  if (argument === true) return []
  return Array.isArray(argument) ? argument : [argument]
}
