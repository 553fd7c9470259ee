import type { AlertRule } from '../domain/alert.ts'
import { LoadError } from '../domain/load-error.ts'
import type { OnInconclusive } from '../domain/load-plan.ts'
import type { MonitorPlan } from '../domain/monitor-plan.ts'

/** Environment variable through which the pool tells the spec worker its settings, as JSON. */
export const SETTINGS_VARIABLE = 'VITEST_PERF_SETTINGS'

/** What a spec must know of its project. */
export interface SpecSettings {
  /** Directory that spec ids are relative to. */
  readonly root: string
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: OnInconclusive
  /** Why no load runs now (watch mode before the user asked); servers are then not started either. */
  readonly idle: string | null
  /** What the project's loads watch, as far as it says. */
  readonly monitors: Partial<MonitorPlan>
  /** What they say aloud, unless a load says what. */
  readonly alerts: readonly AlertRule[]
}

/**
 * The settings of the project that this spec runs in.
 * @throws LoadError `wrong-context` when the spec does not run in a perf project
 */
export function specSettings(): SpecSettings {
  const text = process.env[SETTINGS_VARIABLE]
  if (text === undefined) {
    throw new LoadError('wrong-context', 'load() works in a perf project only, and this spec runs in another one', {
      hint: [
        'add the project to vitest.config.ts and run `vitest --project perf`:',
        "      import { perfProject } from 'vitest-perf/config'",
        "      export default defineConfig({ test: { projects: [..., perfProject({ include: ['**/*.perf.ts'] })] } })",
      ].join('\n'),
    })
  }
  return JSON.parse(text) as SpecSettings
}
