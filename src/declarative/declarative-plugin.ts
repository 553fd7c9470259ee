import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import type { Plugin } from 'vitest/config'
import { suiteModule } from './suite-module.ts'

const DECLARATIVE = /\.perf\.(?:ya?ml|json)$/
/** Vite reads `.json` as data unless it is asked for the file itself; `load` below comes before that. */
const AS_SPEC = '?raw'

/**
 * Lets `*.perf.yaml`, `*.perf.yml` and `*.perf.json` run as specs.
 * @param entry what their modules import from
 */
export function declarativePlugin(entry: string): Plugin {
  let root = process.cwd()
  return {
    name: 'vitest-perf:declarative',
    enforce: 'pre',
    configResolved(config) {
      root = config.root
    },
    async resolveId(id, importer) {
      // Vite names this importer where there is none: the file is run, and not imported by another one.
      const isRun = importer === undefined || importer.endsWith('/index.html')
      if (!isRun || !id.endsWith('.json') || !DECLARATIVE.test(id)) return null
      const resolved = await this.resolve(id, importer, { skipSelf: true })
      return resolved === null ? null : resolved.id + AS_SPEC
    },
    async load(id) {
      const file = id.endsWith(AS_SPEC) ? id.slice(0, -AS_SPEC.length) : id
      if (!DECLARATIVE.test(file)) return null
      this.addWatchFile(file)
      const { code, map } = suiteModule(file, relative(root, file), await readFile(file, 'utf8'), entry)
      return { code, map }
    },
  }
}
