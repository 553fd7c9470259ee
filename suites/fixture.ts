import { type RunningServer, server } from 'vitest-perf'
import type { SuiteScale } from './suite-target.ts'

/** `PERF_SCALE=full`, else small. */
export function scaleOf(env: Readonly<Record<string, string | undefined>>): SuiteScale {
  return env['PERF_SCALE'] === 'full' ? 'full' : 'small'
}

/** A number of the environment: `LLM_ITERATIONS=10`. */
export function numberOf(variable: string | undefined, fallback: number): number {
  return variable === undefined || variable === '' ? fallback : Number(variable)
}

/** A fixture of this repository, on a free port unless told otherwise. */
export function fixture(name: string, args: readonly string[] = []): RunningServer {
  return server({ command: ['node', `fixtures/dist/${name}.js`, ...args], ready: /listening on (\S+)/ })
}
