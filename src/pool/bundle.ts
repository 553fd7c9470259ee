import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { LoadError } from '../domain/load-error.ts'

/** A scenario module bundled into one file that generators can import. */
export interface Bundle {
  /** `file:` URL. */
  readonly url: string
  remove(): Promise<void>
}

/** CommonJS packages inside an ES module ask for Node's own modules by `require`. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"

/**
 * Bundles a scenario module with esbuild. The bundle lies in the nearest `node_modules` above its source, so that bare
 * imports resolve as they do for the source itself, and is removed after the load.
 * @param whole packages go into the file too: it runs where they are not installed
 * @throws LoadError `scenario-failed` with esbuild's own words and positions
 */
export async function bundleScenario(source: string, whole: boolean): Promise<Bundle> {
  const entry = fileURLToPath(source)
  const folder = await bundleFolder(dirname(entry))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const outfile = join(folder, 'scenario.mjs')
  try {
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      ...(whole ? { banner: { js: REQUIRE } } : { packages: 'external' }),
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'silent',
    })
  } catch (cause) {
    await remove()
    throw new LoadError(
      'scenario-failed',
      `the scenario module does not build: ${entry}\n${(cause as Error).message}`,
      { cause },
    )
  }
  return { url: pathToFileURL(outfile).href, remove }
}

async function bundleFolder(start: string): Promise<string> {
  let holder = start
  while (!existsSync(join(holder, 'node_modules')) && dirname(holder) !== holder) holder = dirname(holder)
  const parent = existsSync(join(holder, 'node_modules')) ? join(holder, 'node_modules', '.vitest-perf') : start
  try {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(parent, 'scenario-'))
  } catch (cause) {
    throw new LoadError(
      'scenario-failed',
      `cannot write the scenario bundle in ${parent}: ${(cause as Error).message}`,
      {
        hint: 'the bundle of a scenario module is kept there while its load runs, so that its imports resolve',
        cause,
      },
    )
  }
}
