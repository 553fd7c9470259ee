import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LoadError } from '../domain/load-error.ts'
import type { ResolvedProjectOptions } from '../perf-project-options.ts'
import { POOL_PLUGIN, PROJECT_PLUGIN } from '../plugin-name.ts'
import { vitestEntry } from './vitest-process.ts'

const CONFIGS = ['vitest.config', 'vite.config'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((ending) => `${name}.${ending}`),
)

/** What of a config tells a perf project. */
interface ConfigPart {
  readonly plugins?: readonly unknown[]
  readonly test?: { readonly projects?: readonly unknown[]; readonly name?: unknown }
}

type FoundOptions = Pick<ResolvedProjectOptions, 'name' | 'dir' | 'baseline' | 'store' | 'acceptOn'>

/** Name of the config in a directory that Vitest would take. */
export function configFile(cwd: string): string | null {
  return CONFIGS.find((name) => existsSync(join(cwd, name))) ?? null
}

/**
 * The name of the first perf project of a config, or `null`, and whether the config itself is a project with a name,
 * which takes no projects.
 * @throws LoadError `wrong-context` when it cannot be loaded
 */
export async function perfInConfig(cwd: string, path: string): Promise<{ project: string | null; isNamed: boolean }> {
  const config = await loadedConfig(cwd, path)
  const isNamed = config.test?.name !== undefined && config.test.projects === undefined
  return { project: optionsIn(config)[0]?.name ?? null, isNamed }
}

/**
 * The options of the perf project in the config of the directory that the user stands in; `null` without a config or a
 * perf project in it.
 * @param wanted name of the project, where there are several
 * @throws LoadError `wrong-context` when the config cannot be loaded, or has several perf projects and none was named
 */
export async function projectOptions(cwd: string, wanted: string | null): Promise<FoundOptions | null> {
  const file = configFile(cwd)
  if (file === null) return null
  const path = join(cwd, file)
  const found = optionsIn(await loadedConfig(cwd, path))
  const named = wanted === null ? found : found.filter(({ name }) => name === wanted)
  // Projects that keep their data in one place are one for what is read here.
  const places = new Set(named.map(({ dir, store }) => JSON.stringify([dir, store])))
  if (wanted !== null && named.length === 0)
    throw new LoadError('wrong-context', `${path} has no perf project '${wanted}'; it has: ${namesOf(found)}`)
  if (places.size > 1)
    throw new LoadError(
      'wrong-context',
      `${path} has several perf projects with stores of their own: ${namesOf(found)}`,
      {
        hint: 'name one with --project',
      },
    )
  return named[0] ?? null
}

function namesOf(found: readonly FoundOptions[]): string {
  return found.map(({ name }) => name).join(', ') || 'none'
}

async function loadedConfig(cwd: string, path: string): Promise<ConfigPart> {
  const vite = createRequire(vitestEntry(cwd)).resolve('vite')
  try {
    const loader = (await import(pathToFileURL(vite).href)) as {
      loadConfigFromFile(
        env: object,
        path: string,
        root: string,
        logLevel: string,
      ): Promise<{ config: ConfigPart } | null>
    }
    return (await loader.loadConfigFromFile({ command: 'serve', mode: 'test' }, path, cwd, 'silent'))?.config ?? {}
  } catch (cause) {
    throw new LoadError('wrong-context', `cannot load ${path}: ${(cause as Error).message}`, {
      hint: '--dir and PERF_STORE tell the same without a config',
      cause,
    })
  }
}

function optionsIn(config: ConfigPart): readonly FoundOptions[] {
  const own = (config.plugins ?? []).flat(3).flatMap((plugin) => {
    const { name, api } = (plugin ?? {}) as { name?: unknown; api?: unknown }
    return name === POOL_PLUGIN || name === PROJECT_PLUGIN ? [api as FoundOptions] : []
  })
  const inner = (config.test?.projects ?? []).flatMap((project) =>
    typeof project === 'object' && project !== null ? optionsIn(project as ConfigPart) : [],
  )
  return [...own, ...inner]
}
