import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from 'vitest/node'
import type { AlertChange } from '../src/domain/alert.ts'
import type { SearchSummary } from '../src/domain/search.ts'
import type { Reference } from '../src/domain/history.ts'
import type { LiveSnapshot } from '../src/domain/live.ts'
import type { MeasurementData } from '../src/domain/measurement.ts'
import type { LoadSummary } from '../src/domain/perf-meta.ts'
import { type SpecId, specIdText } from '../src/domain/spec-id.ts'
import { commonMode } from '../src/compare/common-mode.ts'
import { loadSummary } from '../src/compare/load-summary.ts'
import { alertText } from '../src/format/alert-text.ts'
import { commonModeText } from '../src/format/comparison-text.ts'
import { loadLine } from '../src/format/load-line.ts'
import { wrap } from '../src/format/display-width.ts'
import { streamStyle } from '../src/format/style.ts'
import type { SpecResult } from './spec-result.ts'
import { LiveView } from './terminal/live-view.ts'
import { reportLines } from './terminal/report.ts'

/** What was done with the results: files written, and sentences for the reader. */
export interface Settlement {
  readonly paths: readonly string[]
  readonly notes: readonly string[]
}

export interface PerfReporterOptions {
  /** Where everything goes: stderr, because stdout belongs to machine reporters. */
  readonly stream: NodeJS.WritableStream
  /** Width of the screen, asked anew for every line: terminals are resized. */
  readonly columns: () => number
  /** Height of the screen. */
  readonly rows: () => number
  readonly isTTY: boolean
  /** Whether a file belongs to the project that this reporter reports: a config may have several. */
  readonly owns: (module: TestModule) => boolean
  /** Writes history and baselines once all expectations are known. Not called when no test had a load. */
  readonly settle: (results: readonly SpecResult[], run: { readonly interrupted: boolean }) => Promise<Settlement>
  /** Gets each load that has ended, with its seconds; trials of searches are none of them. */
  readonly measured: (measurement: MeasurementData) => void
  /** Resolves when no load runs any more: a cancelled run does not wait for its own. */
  readonly loadsEnded: () => Promise<void>
  /** Milliseconds of a steady clock. */
  readonly now: () => number
}

/**
 * Vitest reporter of perf specs: live lines while load runs, then tables, verdicts, trends and paths. It is also the
 * load host's observer (`LoadObserver`). Runs without a perf test print nothing.
 */
export class PerfReporter implements Reporter {
  readonly #options: PerfReporterOptions
  readonly #live: LiveView
  readonly #noted = new Set<string>()
  /** Loads of this run by id: what a cancelled test can no longer tell by itself. */
  readonly #finished = new Map<string, LoadSummary>()
  /** Searches of this run by spec id, as they stood last. */
  readonly #searched = new Map<string, SearchSummary>()

  constructor(options: PerfReporterOptions) {
    this.#options = options
    this.#live = new LiveView({
      columns: options.columns,
      rows: options.rows,
      style: streamStyle(options.stream),
      isTTY: options.isTTY,
      now: options.now,
      write: (line) => this.#print([line]),
    })
  }

  /** Vitest's reporters are there: live numbers go into their window, if they have one. */
  onInit(vitest: Vitest): void {
    this.#live.join('reporters' in vitest ? vitest.reporters : null)
  }

  /** About once a second and on every change of a load's state. */
  progress(snapshot: LiveSnapshot): void {
    this.#live.update(snapshot)
  }

  /** A sentence for the user; the same one is said once a run. */
  note(message: string): void {
    if (this.#noted.has(message)) return
    this.#noted.add(message)
    this.#print(wrap(`perf note: ${message}`, this.#options.columns(), 2))
  }

  /** An alert of a running load; each change is a line of its own. */
  alerted(change: AlertChange, service: string | null): void {
    const of = service === null ? '' : `${service}: `
    this.#print(wrap(`perf alert: ${of}${alertText(change)}`, this.#options.columns(), 2))
  }

  /** A load has ended; its table comes with the whole run's, when its expectations are known. */
  finished(measurement: MeasurementData, reference: Reference): void {
    // What the loads of a search came to is told by the search.
    if (measurement.plan.part?.role !== 'trial') this.#options.measured(measurement)
    const summary = loadSummary(measurement, reference, [])
    this.#live.done(measurement.plan.id, loadLine({ ...summary, label: '' }))
    if (measurement.plan.part !== undefined) return
    this.#finished.set(measurement.plan.id, summary)
    for (const finding of measurement.validity.findings) {
      if (finding.severity === 'invalid') this.note(`invalid load: ${finding.message}; ${finding.advice}`)
    }
  }

  /** Nothing of a load is left. */
  ended(loadId: string): void {
    this.#live.ended(loadId)
  }

  /** A search goes on; its block comes with the whole run's tables. */
  searched(summary: SearchSummary): void {
    this.#searched.set(specIdText(summary.specId), summary)
  }

  /** Settles what the run brought and prints it, also after an interrupt. */
  async onTestRunEnd(
    testModules: readonly TestModule[],
    _errors: readonly unknown[],
    reason: TestRunEndReason,
  ): Promise<void> {
    await this.#options.loadsEnded()
    const told = testModules
      .filter(this.#options.owns)
      .flatMap((module) => Array.from(module.children.allTests(), specResult))
      .filter((result) => result.loads.length + result.searches.length > 0)
    const results = [...told, ...this.#untold(told)]
    this.#finished.clear()
    this.#searched.clear()
    this.#noted.clear()
    const interrupted = reason === 'interrupted'
    const { paths, notes } = await this.#settle(results, interrupted)
    if (results.length === 0) return
    const loads = results.flatMap((result) => result.loads)
    const alike = commonMode(loads)
    this.#print(
      reportLines(
        {
          loads,
          searches: results.flatMap((result) => result.searches),
          paths,
          notes: [...notes, ...(alike === null ? [] : [commonModeText(alike)])],
          interrupted,
        },
        { columns: this.#options.columns(), style: streamStyle(this.#options.stream) },
      ),
    )
  }

  /** Loads and searches whose test was cancelled before it could report them. */
  #untold(told: readonly SpecResult[]): SpecResult[] {
    const known = new Set(told.flatMap(({ loads }) => loads.map(({ loadId }) => loadId)))
    const searches = new Set(told.flatMap((result) => result.searches.map(({ specId }) => specIdText(specId))))
    const result = (specId: SpecId, parts: Pick<SpecResult, 'loads' | 'searches'>): SpecResult => ({
      file: specId.file,
      name: specId.path.join(' > '),
      state: 'pending',
      errors: [],
      line: null,
      durationMs: null,
      ...parts,
    })
    return [
      ...[...this.#finished.values()]
        .filter(({ loadId }) => !known.has(loadId))
        .map((load) => result(load.specId, { loads: [load], searches: [] })),
      ...[...this.#searched]
        .filter(([id]) => !searches.has(id))
        .map(([, search]) => result(search.specId, { loads: [], searches: [ended(search)] })),
    ]
  }

  /** A full disk must not cost the reader the numbers on the screen. */
  async #settle(results: readonly SpecResult[], interrupted: boolean): Promise<Settlement> {
    try {
      return await this.#options.settle(results, { interrupted })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { paths: [], notes: [`the results of this run were not stored: ${why}`] }
    }
  }

  #print(lines: readonly string[]): void {
    this.#options.stream.write(`${lines.join('\n')}\n`)
  }
}

/** No test runs any more: a procedure without an end was cut off. */
function ended(search: SearchSummary): SearchSummary {
  return search.end === null ? { ...search, end: 'aborted' } : search
}

function specResult(testCase: TestCase): SpecResult {
  const { state, errors } = testCase.result()
  return {
    file: testCase.module.moduleId,
    name: testCase.fullName,
    state,
    errors: (errors ?? []).map(({ message }) => stripVTControlCharacters(message)),
    line: testCase.location?.line ?? null,
    durationMs: testCase.diagnostic()?.duration ?? null,
    loads: testCase.meta().perf?.loads ?? [],
    searches: (testCase.meta().perf?.searches ?? []).map(ended),
  }
}
