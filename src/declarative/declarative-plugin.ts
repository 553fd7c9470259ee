import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import type { Plugin } from 'vitest/config'
import { suiteModule } from './suite-module.ts'
import { watchedFiles } from './watched-files.ts'

const DECLARATIVE = /\.perf\.(?:ya?ml|json)$/
/** Vite reads `.json` as data unless it is asked for the file itself; `load` below comes before that. */
const AS_SPEC = '?raw'

/**
 * Lets `*.perf.yaml`, `*.perf.yml` and `*.perf.json` run as specs.
 * @param entry what their modules import from
 */
export function declarativePlugin(entry: string): Plugin {
  let root = process.cwd()
  let env: Readonly<Record<string, string | undefined>> = process.env
  let watch: (files: readonly string[]) => void = () => {}
  return {
    name: 'vitest-perf:declarative',
    enforce: 'pre',
    configResolved(config) {
      root = config.root
      env = { ...process.env, ...config.test?.env }
    },
    configureVitest({ vitest }) {
      // Vitest listens to the watcher of its own root, not to the project's.
      watch = (files) => vitest.vite.watcher.add([...files])
    },
    async resolveId(id, importer) {
      // Vite names this importer where there is none: the file is run, and not imported by another one.
      const isRun = importer === undefined || importer.endsWith('/index.html')
      if (!isRun || !id.endsWith('.json') || !DECLARATIVE.test(id)) return null
      const resolved = await this.resolve(id, importer, { skipSelf: true })
      return resolved === null ? null : resolved.id + AS_SPEC
    },
    async load(id) {
      const file = suiteFile(id)
      if (file === null) return null
      const { code, map } = suiteModule(file, relative(root, file), await readFile(file, 'utf8'), entry)
      return { code, map }
    },
    async transform(_, id) {
      const file = suiteFile(id)
      if (file === null) return
      const files = [file, ...(await watchedFiles(file, await readFile(file, 'utf8'), env))]
      for (const one of files) this.addWatchFile(one)
      watch(files)
      // What is watched belongs to the module that imports are looked for in; Vite does not look in `.json`.
      if (this.environment.mode !== 'dev' || !id.endsWith(AS_SPEC)) return
      const { moduleGraph } = this.environment
      const module = moduleGraph.getModuleById(id)
      if (module === undefined) return
      const imported = new Set(files.slice(1).map((one) => moduleGraph.createFileOnlyEntry(one)))
      await moduleGraph.updateModuleInfo(module, imported, null, new Set(), null, false)
    },
  }
}

/** The suite that a module is; `null` for any other. */
function suiteFile(id: string): string | null {
  const file = id.endsWith(AS_SPEC) ? id.slice(0, -AS_SPEC.length) : id
  return DECLARATIVE.test(file) ? file : null
}
