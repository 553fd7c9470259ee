import { appendFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { githubAnnotations } from '../reporters/github/annotations.ts'
import { htmlReport } from '../reporters/html/html-report.ts'
import { jsonReport } from '../reporters/json/json-report.ts'
import { pushMetrics } from '../reporters/metrics/push-metrics.ts'
import { openMetricsText } from '../reporters/metrics/openmetrics-text.ts'
import { junitReport } from '../reporters/junit/junit-report.ts'
import { markdownReport, SUMMARY_BYTES } from '../reporters/markdown/markdown-report.ts'
import { type OutputFile, type Written, writeOutputs } from '../reporters/output-files.ts'
import type { Settlement } from '../reporters/perf-reporter.ts'
import { RowFiles } from '../reporters/rows/row-files.ts'
import type { RunReport, SpecResult } from '../reporters/spec-result.ts'
import { chanceRegressions } from './compare/chance-regressions.ts'
import { commonMode } from './compare/common-mode.ts'
import type { MeasurementData } from './domain/measurement.ts'
import type { LoadSummary } from './domain/perf-meta.ts'
import { chanceText } from './format/comparison-text.ts'
import { readHtmlAssets } from './html-assets.ts'
import type { OutputPaths } from './output-options.ts'
import { makeDirectory, reasonOf, writeFileAtomic } from './store/atomic-file.ts'

export interface RunOutputsOptions {
  /** Absolute path of the project's root. */
  readonly root: string
  /** What the reports call the project. */
  readonly project: string
  readonly paths: OutputPaths
  readonly toolVersion: string
  /** Environment variables: GitHub Actions tells there what it takes. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether Vitest itself annotates failures. */
  readonly failuresAnnotated: () => boolean
  /** Writes lines to the screen. */
  readonly print: (lines: readonly string[]) => void
}

/** The files of a run: which there are, and where they lie. */
export class RunOutputs {
  readonly #options: RunOutputsOptions
  readonly #rows: RowFiles
  /** Loads since the last report, whose generators may have written rows. */
  #loadIds: string[] = []

  constructor(options: RunOutputsOptions) {
    this.#options = options
    const { csv, ndjson } = options.paths
    const place = (path: string | null): string | null => (path === null ? null : resolve(options.root, path))
    this.#rows = new RowFiles({
      csv: place(csv),
      ndjson: place(ndjson),
      create: (path, text) => {
        makeDirectory(dirname(path))
        writeFileSync(path, text)
      },
      append: appendFileSync,
    })
  }

  /** A load has ended, and is not one of the trials of a search. */
  measured(data: MeasurementData): void {
    this.#rows.add(data)
    this.#loadIds.push(data.plan.id)
  }

  /** Writes them; what was settled before and what was written now in one. Never throws. */
  async write(
    results: readonly SpecResult[],
    { interrupted }: { readonly interrupted: boolean },
    settled: Settlement,
  ): Promise<Settlement> {
    const { project, toolVersion } = this.#options
    const chance = chanceNotes(results.flatMap(({ loads }) => loads))
    const report: RunReport = {
      project,
      toolVersion,
      interrupted,
      endedAt: new Date().toISOString(),
      results,
      commonMode: commonMode(results.flatMap(({ loads }) => loads)),
      notes: [
        ...new Set([
          ...results.flatMap(({ loads }) => loads.flatMap(({ notes }) => notes)),
          ...settled.notes,
          ...chance,
        ]),
      ],
    }
    const written = [
      await writeOutputs(report, this.#files(), writeFileAtomic),
      this.#rows.end(),
      { paths: this.#requestFiles(), notes: [] },
      this.#github(report),
      await pushMetrics(report, this.#options.paths.sinks),
    ]
    return {
      paths: [...settled.paths, ...written.flatMap(({ paths }) => paths)],
      notes: [...settled.notes, ...chance, ...written.flatMap(({ notes }) => notes)],
    }
  }

  /** What the generators of this run's loads wrote, request by request. */
  #requestFiles(): string[] {
    const { root, paths } = this.#options
    const ids = this.#loadIds
    this.#loadIds = []
    if (paths.requests === null) return []
    const directory = resolve(root, paths.requests.directory)
    try {
      const names = readdirSync(directory).filter((name) => ids.some((id) => name.includes(id)))
      return names.toSorted().map((name) => join(directory, name))
    } catch {
      // Why there is none was said when it could not be written.
      return []
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
      ...file('Markdown', paths.markdown, (report) => markdownReport(report)),
      ...file('JSON report', paths.json, jsonReport),
      ...file('JUnit report', paths.junit, junitReport),
      ...file('OpenMetrics', paths.openmetrics, openMetricsText),
    ]
  }

  /** Annotations on the screen, where the runner reads them, and the job's summary, which other steps' tools write to as well. */
  #github(report: RunReport): Written {
    const { env, paths, root, print, failuresAnnotated } = this.#options
    if (!paths.github || env['GITHUB_ACTIONS'] !== 'true') return { paths: [], notes: [] }
    const workspace = env['GITHUB_WORKSPACE'] || root
    const annotations = githubAnnotations(report, { workspace, failures: !failuresAnnotated() })
    if (annotations.length > 0) print(annotations)
    const summary = env['GITHUB_STEP_SUMMARY']
    if (summary === undefined || summary === '') return { paths: [], notes: [] }
    try {
      const taken = statSync(summary, { throwIfNoEntry: false })?.size ?? 0
      appendFileSync(summary, `${markdownReport(report, Math.max(0, SUMMARY_BYTES - taken))}\n`)
      return { paths: [], notes: [] }
    } catch (error) {
      return { paths: [], notes: [`no job summary: ${reasonOf(error)}`] }
    }
  }
}

function chanceNotes(loads: readonly LoadSummary[]): readonly string[] {
  const found = chanceRegressions(loads)
  if (found === null) return []
  return [
    chanceText(
      found.loads.map(({ title }) => title),
      found.of,
      found.rows,
    ),
  ]
}
