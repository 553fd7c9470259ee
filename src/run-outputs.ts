import { resolve } from 'node:path'
import { htmlReport } from '../reporters/html/html-report.ts'
import { type OutputFile, writeOutputs } from '../reporters/output-files.ts'
import type { Settlement } from '../reporters/perf-reporter.ts'
import type { RunReport, SpecResult } from '../reporters/spec-result.ts'
import { readHtmlAssets } from './html-assets.ts'
import type { OutputPaths } from './output-options.ts'
import { writeFileAtomic } from './store/atomic-file.ts'

export interface RunOutputsOptions {
  /** Absolute path of the project's root. */
  readonly root: string
  /** What the reports call the project. */
  readonly project: string
  readonly paths: OutputPaths
  readonly toolVersion: string
}

/** The files of a run: which there are, and where they lie. */
export class RunOutputs {
  readonly #options: RunOutputsOptions

  constructor(options: RunOutputsOptions) {
    this.#options = options
  }

  /** Writes them; what was settled before and what was written now in one. Never throws. */
  async write(
    results: readonly SpecResult[],
    { interrupted }: { readonly interrupted: boolean },
    settled: Settlement,
  ): Promise<Settlement> {
    const { project, toolVersion } = this.#options
    const report: RunReport = {
      project,
      toolVersion,
      interrupted,
      endedAt: new Date().toISOString(),
      results,
      notes: [...new Set([...results.flatMap(({ loads }) => loads.flatMap(({ notes }) => notes)), ...settled.notes])],
    }
    const { paths, notes } = await writeOutputs(report, this.#files(), writeFileAtomic)
    return {
      paths: [...settled.paths, ...paths],
      notes: [...settled.notes, ...notes],
    }
  }

  #files(): OutputFile[] {
    const { root, paths } = this.#options
    const file = (name: string, path: string | null, render: OutputFile['render']): OutputFile[] =>
      path === null ? [] : [{ name, path: resolve(root, path), render }]
    return [
      ...file('HTML report', paths.html, (report) =>
        htmlReport(report, readHtmlAssets(new URL('./html/', import.meta.url))),
      ),
    ]
  }
}
