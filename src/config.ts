/** `vitest-perf/config`: makes a Vitest project that runs `*.perf.ts` under load. The composition root of the main process. */
import { resolve } from 'node:path'
import type { Plugin, ViteUserConfig } from 'vitest/config'
import { declarativePlugin } from './declarative/declarative-plugin.ts'
import { internalPlugin } from './perf-plugin.ts'
import { type PerfProjectOptions, perfProjectOptions } from './perf-project-options.ts'
import { PROJECT_PLUGIN } from './plugin-name.ts'

export { type EngineChoice, locust, type LocustOptions } from './engine-choice.ts'
export { gitBranch, postgres, type StoreChoice } from './store-choice.ts'
export type { PerfProjectOptions } from './perf-project-options.ts'

/** Built entry that modules of declarative files import. Import specifiers have slashes on every system. */
const DECLARED_ENTRY = resolve(import.meta.dirname, 'declared.js').replaceAll('\\', '/')

type ProjectEntry = Exclude<
  NonNullable<NonNullable<ViteUserConfig['test']>['projects']>[number],
  string | Promise<unknown> | ((...args: never) => unknown)
>

/**
 * A Vitest project for perf specs: `defineConfig({ test: { projects: [..., perfProject()] } })`.
 * Its pool, its serial order and its missing timeout hold whatever flags the command line carries; a note says when
 * one is overruled.
 * @throws LoadError `invalid-option`
 */
export function perfProject(options: PerfProjectOptions = {}): ProjectEntry {
  const resolved = perfProjectOptions(options)
  return {
    // Vitest 5 extends the root by default; Vitest 4's types do not know `false`.
    extends: resolved.extends as true,
    plugins: [declarativePlugin(DECLARED_ENTRY), internalPlugin(resolved)],
    test: { name: resolved.name, include: [...resolved.include], exclude: [...resolved.exclude], environment: 'node' },
  }
}

/**
 * The same as a Vite plugin: `plugins: [perf()]` adds the perf project beside the config's own tests.
 * @throws LoadError `invalid-option`
 */
export function perf(options: PerfProjectOptions = {}): Plugin {
  const resolved = perfProjectOptions(options)
  return {
    name: PROJECT_PLUGIN,
    api: resolved,
    config(config) {
      const test = (config.test ??= {})
      // A project that extends this config inherits this plugin; it must not add projects of its own.
      if (test.name !== undefined && test.projects === undefined) return
      test.projects ??= [{ extends: true, test: { name: 'unit', exclude: [...DEFAULT_EXCLUDE, ...resolved.include] } }]
      test.projects.push(perfProject(options))
    },
  }
}

const DEFAULT_EXCLUDE = ['**/node_modules/**', '**/.git/**']
