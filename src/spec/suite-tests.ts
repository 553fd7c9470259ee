import * as z from 'zod'
import { claimPath, claimsOf, type SuiteClaim } from '../declarative/suite-claims.ts'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import { MATCHERS } from '../matchers/register.ts'
import { located } from './located.ts'
import type { LoadFixture } from './perf-test.ts'
import { prometheus, statsd } from '../plan/server-metrics-options.ts'
import type { RunningServer, ServerOptions } from './server-process.ts'
import { type ServerDefinition, serverDefinitions, suiteServers, UNSTARTED, withServers } from './suite-servers.ts'
import {
  judgedBy,
  type ScenarioLoad,
  type ServicesLoad,
  servicesOf,
  type SuiteLoad,
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
  /** Started before the tests, and stopped after them; named by `baseUrl: { server: name }` and `process: { server: name }`. */
  readonly servers?: Readonly<Record<string, ServerDefinition>>
  readonly scenarios: Readonly<Record<string, ScenarioDefinition>>
  readonly tests: Readonly<Record<string, TestDefinition>>
}

/** A claim of a test, ready to be made: `expect(claim.of(run))[claim.matcher](...claim.arguments)`. */
export interface TestClaim {
  readonly matcher: string
  readonly arguments: readonly unknown[]
  of(run: SuiteRun): SuiteRun
}

/** A test of a suite, checked. */
export interface SuiteTest {
  readonly title: string
  readonly claims: readonly TestClaim[]
  readonly run: (load: LoadFixture) => Promise<SuiteRun>
}

const scenarioLoad = z.looseObject({ scenario: z.string('takes the name of a scenario of this suite') })

const SUITE = z.strictObject({
  // Editors read it.
  $schema: z.string().optional(),
  servers: serverDefinitions,
  scenarios: z.record(z.string(), scenarioDefinition, 'takes an object of scenarios by name'),
  tests: z.record(
    z.string(),
    z.strictObject(
      {
        load: z.union(
          [scenarioLoad, z.looseObject({ services: z.record(z.string(), scenarioLoad) })],
          'takes a scenario by name with a profile, or { services: { name: { scenario, ...profile } } }',
        ),
        expect: z.record(z.string(), z.unknown(), 'takes an object of matcher names'),
      },
      'takes { load, expect }',
    ),
    'takes an object of tests by title',
  ),
})

/**
 * Checks a suite as far as it can be before the first load.
 * @param where how messages name it
 * @param start declares a server of the file
 * @throws LoadError `invalid-option` with the path into the data, what was found there and what is allowed
 */
export function suiteTests(
  where: string,
  definition: SuiteDefinition,
  start: (options: ServerOptions) => RunningServer,
): readonly SuiteTest[] {
  const result = SUITE.safeParse(definition)
  if (!result.success) throw optionsError(where, result.error.issues, definition, Object.keys(SUITE.shape))
  const servers = suiteServers(definition.servers ?? {}, start)
  const unstarted = new Map([...servers].map(([name, one]) => [name, typeof one === 'string' ? one : UNSTARTED]))
  const scenarios = suiteScenarios(where, withServers(definition.scenarios, servers))
  return Object.entries(definition.tests).map(([title, { load, expect: expected }]) => {
    const place = `${where}: tests['${title}']`
    const loadOn = (running: typeof servers): SuiteLoad =>
      suiteLoad(`${place}.load`, ['tests', title, 'load'], withServers(load, running), scenarios)
    // A server that has not started has no process id yet.
    const checked = loadOn(unstarted as typeof servers)
    const claims = claimsOf(expected, servicesOf(load))
    for (const claim of claims) checkClaim(`${place}.expect`, ['tests', title, 'expect'], checked.nothing, claim)
    return {
      title,
      claims: claims.map((claim) => ({
        matcher: claim.matcher,
        arguments: argumentsOf(claim),
        of: (run) => judgedBy(claim, run),
      })),
      run: (apply) => loadOn(servers).apply(apply),
    }
  })
}

/** Calls the matcher on a measurement without requests: bad arguments throw, and only they matter here. */
function checkClaim(where: string, path: readonly string[], nothing: SuiteRun, claim: SuiteClaim): void {
  located(claim.service === null ? where : `${where}.${claim.service}`, [...path, ...claimPath(claim)], () => {
    const matcher = MATCHERS[claim.matcher]
    if (matcher === undefined) {
      throw new LoadError('invalid-option', `unknown matcher ${claim.matcher}`, {
        hint: `matchers are ${Object.keys(MATCHERS).join(', ')}`,
      })
    }
    const given = argumentsOf(claim)
    // It judges what the scenario sends, which stands for nothing here.
    if (claim.matcher === 'toAgreeWith') return
    try {
      matcher.call({ isNot: false }, judgedBy(claim, nothing), ...given)
    } catch (error) {
      if (error instanceof LoadError && error.code === 'invalid-option')
        throw new LoadError('invalid-option', `${claim.matcher}: ${error.message}`)
    }
  })
}

function argumentsOf({ matcher, argument }: SuiteClaim): readonly unknown[] {
  if (argument === true) return []
  const list: readonly unknown[] = Array.isArray(argument) ? argument : [argument]
  return matcher === 'toAgreeWith' ? [serverMetricsOf(list[0]), ...list.slice(1)] : list
}

/** `{ statsd: { requests: ... } }` and `{ prometheus: true }` stand for what the functions of these names give. */
function serverMetricsOf(argument: unknown): unknown {
  if (typeof argument !== 'object' || argument === null) return argument
  if ('statsd' in argument) return statsd(argument.statsd as never)
  if (!('prometheus' in argument)) return argument
  return argument.prometheus === true ? prometheus() : prometheus(argument.prometheus as never)
}
