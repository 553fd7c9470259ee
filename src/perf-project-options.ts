import * as z from 'zod'
import { DEFAULT_BASELINE } from './domain/history.ts'
import type { OnInconclusive } from './domain/load-plan.ts'
import type { AlertRule } from './domain/alert.ts'
import type { MonitorPlan } from './domain/monitor-plan.ts'
import { LoadError } from './domain/load-error.ts'
import { optionsError } from './domain/options-error.ts'
import { describe } from './domain/quantity.ts'
import { type AlertOptions, ALERTS } from './plan/alert-options.ts'
import { type OutputOptions, type OutputPaths, outputPaths, OUTPUTS } from './output-options.ts'
import { ENGINE, type EngineChoice } from './engine-choice.ts'
import { STORE, type StoreChoice, storeFromVariable } from './store-choice.ts'
import { MONITORS, type MonitorOptions } from './plan/monitor-options.ts'

const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const globs = z.union([text, z.array(text).min(1)], 'takes a glob or a list of globs')

const BASELINE_NAME = /^[\w.-]+$/
const BASELINE_FORM = 'takes a name of letters, digits, dots, dashes and underscores'

const SCHEMA = z.strictObject({
  name: text.optional(),
  include: globs.optional(),
  exclude: globs.optional(),
  extends: z.union([z.boolean(), text], 'takes true, false or the path of a config').optional(),
  watch: z.boolean('takes true or false').optional(),
  dir: text.optional(),
  baseline: z.string().regex(BASELINE_NAME, BASELINE_FORM).optional(),
  acceptOn: z.union([text, z.array(text).min(1)], 'takes the name of a branch or a list of them').optional(),
  store: STORE.optional(),
  engine: ENGINE.optional(),
  monitors: MONITORS.optional(),
  alert: ALERTS.optional(),
  outputs: OUTPUTS.optional(),
  onInvalid: z.enum(['fail', 'warn'], "takes 'fail' or 'warn'").optional(),
  onInconclusive: z.enum(['warn', 'fail', 'rerun'], "takes 'warn', 'fail' or 'rerun'").optional(),
})

/** Options of `perfProject()` and `perf()`. */
export interface PerfProjectOptions {
  /** Name of the Vitest project. @default 'perf' */
  readonly name?: string
  /** Files that hold perf specs. @default '**\/*.perf.{ts,js,...}' and '**\/*.perf.{yaml,yml,json}' */
  readonly include?: string | readonly string[]
  /** @default node_modules, dist and .git */
  readonly exclude?: string | readonly string[]
  /** Whether the project takes over the root config (`resolve.alias`, plugins), or which config. @default false */
  readonly extends?: boolean | string
  /** Run the load on every save in watch mode. Otherwise perf files run when asked for: `--project perf`, `r`. @default false */
  readonly watch?: boolean
  /** Directory of baselines, history and journals, relative to the root. @default '.perf' */
  readonly dir?: string
  /**
   * Name of the baseline that this project compares with and accepts. The environment variable `PERF_BASELINE` comes
   * before it. @default 'default'
   */
  readonly baseline?: string
  /**
   * Branches whose runs may become a baseline: by `-u`, as the first run of a spec, and by `vitest-perf accept`.
   * @default every branch
   */
  readonly acceptOn?: string | readonly string[]
  /**
   * Where baselines and history are kept: `'fs'`, `postgres(url)` or `gitBranch('perf-data')`.
   * The environment variable `PERF_STORE` comes before it. @default 'fs', below `dir`
   */
  readonly store?: StoreChoice
  /** What carries the loads: processes of this machine, or `locust(options)`. @default 'local' */
  readonly engine?: EngineChoice
  /** What every load watches beside itself; an option that a load gives comes before the same one here. @default nothing */
  readonly monitors?: MonitorOptions
  /** What every load says aloud while it runs; a load that has alerts of its own has them in their place. @default none */
  readonly alert?: AlertOptions | readonly AlertOptions[]
  /** What a run writes beside history. @default the HTML report */
  readonly outputs?: OutputOptions
  /** What an invalid measurement does to matchers. @default 'fail' */
  readonly onInvalid?: 'fail' | 'warn'
  /**
   * What a weak or inconclusive verdict does. `'rerun'` repeats a load at most twice while its comparison with the runs
   * before it is INCONCLUSIVE, and `compare()` likewise, each time adding to what is judged together, and then warns.
   * @default 'warn'
   */
  readonly onInconclusive?: 'warn' | 'fail' | 'rerun'
}

/** The options with their defaults. */
export interface ResolvedProjectOptions {
  readonly name: string
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly extends: boolean | string
  readonly watch: boolean
  readonly dir: string
  readonly baseline: string
  /** `null` for every branch. */
  readonly acceptOn: readonly string[] | null
  readonly store: StoreChoice
  readonly engine: EngineChoice
  readonly monitors: Partial<MonitorPlan>
  readonly alerts: readonly AlertRule[]
  readonly outputs: OutputPaths
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: OnInconclusive
}

/**
 * @param env environment variables
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function perfProjectOptions(
  options: PerfProjectOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedProjectOptions {
  const result = SCHEMA.safeParse(options)
  if (!result.success)
    throw optionsError('perfProject(options)', result.error.issues, options, Object.keys(SCHEMA.shape))
  const { include, exclude, ...rest } = result.data
  const [name, dir, engine] = [rest.name ?? 'perf', rest.dir ?? '.perf', rest.engine ?? 'local']
  const outputs = outputPaths(rest.outputs ?? {}, dir, name)
  if (engine !== 'local' && outputs.requests !== null)
    throw new LoadError(
      'invalid-option',
      'perfProject(options), option outputs.requests: got rows of requests with engine locust(), takes them with generators of this machine only',
    )
  return {
    name,
    include: listOf(include ?? ['**/*.perf.?(c|m)[jt]s?(x)', '**/*.perf.{yaml,yml,json}']),
    exclude: listOf(exclude ?? ['**/node_modules/**', '**/dist/**', '**/.git/**']),
    extends: rest.extends ?? false,
    watch: rest.watch ?? false,
    dir,
    baseline: baselineOf(env['PERF_BASELINE']) ?? rest.baseline ?? DEFAULT_BASELINE,
    acceptOn: rest.acceptOn === undefined ? null : listOf(rest.acceptOn),
    store: storeFromVariable(env['PERF_STORE']) ?? rest.store ?? 'fs',
    engine,
    monitors: rest.monitors ?? {},
    alerts: rest.alert ?? [],
    outputs,
    onInvalid: rest.onInvalid ?? 'fail',
    onInconclusive: rest.onInconclusive ?? 'warn',
  }
}

function baselineOf(variable: string | undefined): string | null {
  if (variable === undefined || variable === '') return null
  if (BASELINE_NAME.test(variable)) return variable
  throw new LoadError('invalid-option', `PERF_BASELINE: got ${describe(variable)}, ${BASELINE_FORM}`)
}

function listOf(globs: string | string[]): string[] {
  return typeof globs === 'string' ? [globs] : globs
}
