import type { TestContext } from 'vitest'
import type { SearchSummary } from '../domain/search.ts'
import { LoadError } from '../domain/load-error.ts'
import type { MeasurementData } from '../domain/measurement.ts'
import type { Comparison } from '../domain/comparison.ts'
import type { Reference } from '../domain/history.ts'
import type { LoadSummary } from '../domain/perf-meta.ts'
import type { ExpectationRecord } from '../domain/verdict.ts'
import { isRepeatable } from '../compare/compare.ts'
import { loadSummary } from '../compare/load-summary.ts'
import { loadLine } from '../format/load-line.ts'
import { attachContext, type RepeatedLoad } from '../matchers/context.ts'
import { Measurement } from '../measure/measurement.ts'
import type { Measured } from '../pool/protocol.ts'
import type { ActiveLoad } from './active-load.ts'
import { openEnd, unjudgedLoad } from './unjudged.ts'
import { withoutSecrets } from './without-secrets.ts'

/** A load that has ended, as far as it was measured. */
interface SessionLoad {
  readonly data: MeasurementData
  readonly active: ActiveLoad
  readonly summary: () => LoadSummary
}

/** A load with all its repetitions so far. */
interface Repeated extends RepeatedLoad {
  readonly reference: Reference
  /** The last one; `null` where there is nothing to compare, or to compare with. */
  readonly comparison: Comparison | null
}

/** What the loads of one test came to: keeps `task.meta.perf` up to date, and knows what the test must fail with. */
export class SessionLoads {
  readonly #context: Pick<TestContext, 'task' | 'annotate'>
  readonly #loads: SessionLoad[] = []
  /** By the first run of each load. */
  readonly #repeated = new WeakMap<Measurement, Repeated>()
  readonly #searches: SearchSummary[] = []
  readonly #labels = new Set<string>()
  /** What the test must fail with, whatever the spec does: an abort rule ended a load, a cell of a sweep failed. */
  #owed: Error | null = null

  constructor(context: Pick<TestContext, 'task' | 'annotate'>) {
    this.#context = context
  }

  /** Makes measurements of what the host answered, and tells of them. */
  async add(
    measured: readonly Measured[],
    active: ActiveLoad,
    /** What it repeats, in the same order. */
    first: readonly Measurement[] = [],
  ): Promise<readonly Measurement[]> {
    active.end()
    const loads = measured.map((one, i) => this.#keep(one, active, first[i]))
    this.#publish()
    for (const { summary } of loads) await this.#context.annotate(loadLine(summary), 'perf')
    return loads.map(({ run }) => run)
  }

  /** Whether a further look at any of them could tell more. Where the baseline is to be replaced nothing is asked. */
  areOpen(first: readonly Measurement[]): boolean {
    return first.some((run) => {
      const { comparison, reference } = this.#repeated.get(run)!
      return comparison !== null && isRepeatable(comparison) && reference.update !== 'all'
    })
  }

  /** A place among the procedures of the test; the function says how one stands, each time anew. */
  addSearch(): (summary: SearchSummary) => void {
    const index = this.#searches.length
    return (summary) => {
      this.#searches[index] = summary
      this.#publish()
    }
  }

  /** Two loads under one spec id would share one history. @throws LoadError `invalid-option` */
  claimLabel(label: string): void {
    if (this.#labels.has(label)) {
      throw new LoadError(
        'invalid-option',
        `load(scenario, options): option label: two loads of this test are called '${label}'`,
        {
          hint: 'give each load of a test a label of its own',
        },
      )
    }
    this.#labels.add(label)
  }

  /** The test fails with this at its end, unless it has failed by itself. */
  owe(error: Error): void {
    this.#owed ??= error
  }

  /**
   * At the end of the test: an invalid measurement fails it, also where no matcher looked at the numbers. So does a
   * failed claim on a capacity whose search did not come to where the target fails.
   * @throws Error `cannot judge: ...`; the error of a load that an abort rule ended
   */
  refuseUnjudged(): void {
    if (this.#owed !== null) {
      // A test that let the error through has failed by it already.
      if (this.#context.task.result?.state === 'fail') return
      throw this.#owed
    }
    // A test that passed claimed no more than what is known: the capacity is at least so high.
    const open = this.#context.task.result?.state === 'fail' ? openEnd(this.#searches) : null
    if (open !== null) throw open
    for (const { data, summary, active } of this.#loads) {
      // A repetition that is invalid takes no part, and what it repeats has its verdict.
      if ((data.plan.look?.index ?? 1) > 1) continue
      const error = active.failed ? null : unjudgedLoad(data, summary().expectations)
      if (error !== null) throw error
    }
  }

  #keep(
    { measurement, reference }: Measured,
    active: ActiveLoad,
    first: Measurement | undefined,
  ): { readonly run: Measurement; readonly summary: LoadSummary } {
    const data = { ...withoutSecrets(measurement), events: active.events }
    const run = new Measurement(data)
    const expectations: ExpectationRecord[] = []
    const before = first === undefined ? null : this.#repeated.get(first)!
    const summary = loadSummary(data, before?.reference ?? reference, [], before?.runs)
    const repeated: Repeated = {
      reference: before?.reference ?? reference,
      // Numbers of an invalid run say nothing of the target.
      runs: [
        ...(before?.runs ?? []),
        ...(before !== null && data.validity.state === 'invalid' ? [] : [summary.metrics]),
      ],
      look: data.plan.look,
      comparison: summary.comparison ?? before?.comparison ?? null,
    }
    this.#repeated.set(first ?? run, repeated)
    attachContext(run, {
      reference,
      repeated: () => this.#repeated.get(run) ?? repeated,
      record: (expectation) => {
        expectations.push(expectation)
        this.#publish()
      },
    })
    this.#loads.push({ data, active, summary: () => ({ ...summary, expectations: [...expectations] }) })
    return { run, summary }
  }

  #publish(): void {
    this.#context.task.meta.perf = {
      loads: this.#loads.map(({ summary }) => summary()),
      ...(this.#searches.length === 0 ? {} : { searches: [...this.#searches] }),
    }
  }
}
