import { setTimeout as sleep } from 'node:timers/promises'
import type { CapacityEnd, CapacitySummary, SearchPart, TrialSummary } from '../domain/capacity.ts'
import { LoadError } from '../domain/load-error.ts'
import type { Scenario } from '../domain/scenario.ts'
import { bracketText, levelText } from '../format/capacity-text.ts'
import { formatDuration } from '../format/quantity-text.ts'
import { Measurement } from '../measure/measurement.ts'
import { type CapacityOptions, type CapacityQuestion, capacityQuestion } from '../plan/capacity-options.ts'
import type { Measured } from '../pool/protocol.ts'
import { bracketOf, contradictions, expectedTrials, nextStep, type SearchStep } from '../search/capacity-search.ts'
import { judgeTrial } from '../search/judge-trial.ts'
import { trialLength } from '../search/trial-length.ts'
import { levelFields, type SearchSession, TRIAL_OVERHEAD_US, trialFigures, trialLoad } from './trial-load.ts'

/** One load of a search. */
export interface CapacityTrial {
  /** Arrivals per second; `null` where levels are users. */
  readonly rate: number | null
  /** Users; `null` where levels are rates. */
  readonly users: number | null
  /** A longer trial at an end of the bracket. */
  readonly confirming: boolean
  /** `null`: the generator, not the target, was the bottleneck. */
  readonly passed: boolean | null
  /** What decided, with figures. */
  readonly why: string
  readonly measurement: Measurement
}

/** What `capacity()` found. */
export interface Capacity {
  /** Highest level (requests/s or users) that keeps `until`; `null` when `from` fails already. */
  readonly highestPassing: number | null
  /** Lowest level that does not; `null` when none was found. */
  readonly firstFailing: number | null
  /** Whether `highestPassing` stands on confirming trials; false when the search ended early. */
  readonly confirmed: boolean
  /** Why the search ended. `generator`: the capacity is at least `highestPassing`, and how much more is unknown. */
  readonly end: CapacityEnd
  /** In the order in which they ran. */
  readonly trials: readonly CapacityTrial[]
  /** The confirming load at `highestPassing`, which history keeps; `null` without a confirmed answer. */
  readonly measurement: Measurement | null
  /** Sentences for the reader. */
  readonly notes: readonly string[]
}

type TrialStep = Extract<SearchStep, { kind: 'trial' }>

interface Tried extends TrialSummary {
  readonly measurement: Measurement
}

/** How long requests may still run at the end of a trial. */
const SHORTEST_WAIT_US = 1e6
const LONGEST_WAIT_US = 30e6
const PROBE_PAUSE_MS = 250
/** A probe is fast again within this many times the latency under light load, and this much more. */
const PROBE_FACTOR = 3
const PROBE_EXTRA_MS = 50

/** One search for capacity in a test: asks for loads, judges them, tells how it stands. */
export class CapacitySearch {
  readonly #session: SearchSession
  readonly #scenario: Scenario
  readonly #question: CapacityQuestion
  readonly #nowMs: () => number
  readonly #trials: Tried[] = []
  readonly #notes = new Set<string>()
  #kept: Measured | null = null

  /** @throws LoadError `invalid-option` */
  constructor(session: SearchSession, scenario: Scenario, options: CapacityOptions, nowMs: () => number) {
    this.#session = session
    this.#scenario = scenario
    this.#question = capacityQuestion(options)
    this.#nowMs = nowMs
  }

  /** @throws LoadError `scenario-failed`, `load-aborted` */
  async run(): Promise<Capacity> {
    const { specId, tell } = this.#session.beginSearch(this.#question.label)
    const tellEnd = (end: CapacityEnd | null): void => tell(this.#summary(specId, end))
    tellEnd(null)
    try {
      const end = await this.#search(() => tellEnd(null))
      tellEnd(end)
      return await this.#answer(end)
    } catch (error) {
      tellEnd('aborted')
      throw error
    }
  }

  async #search(tell: () => void): Promise<CapacityEnd> {
    const startedMs = this.#nowMs()
    const deadlineMs = startedMs + this.#question.maxDurationUs / 1e3
    for (;;) {
      const step = nextStep(this.#question, this.#trials)
      if (step.kind === 'end') return step.end
      if (this.#nowMs() >= deadlineMs) return 'time-used-up'
      if (this.#trials.at(-1)?.outcome === 'failed') await this.#settle()
      await this.#try(step)
      tell()
    }
  }

  async #try(step: TrialStep): Promise<void> {
    const question = this.#question
    const { level, confirming } = step
    const lightLatencyUs = this.#lightLatencyUs
    const length = trialLength(question, level, confirming, lightLatencyUs)
    if (length.tooShortFor !== null) {
      this.#notes.add(
        `${length.tooShortFor} cannot be told well at ${levelText(question.by, level)}: a trial of ${formatDuration(length.windowUs)} holds too few requests`,
      )
    }
    const load = trialLoad(question, {
      ...length,
      level,
      index: this.#trials.length,
      gracefulStopUs: this.#gracefulStopUs,
    })
    const measured = await this.#session.attempt(this.#scenario, load, this.#part(step))
    if (this.#session.signal.aborted) throw new LoadError('load-aborted', 'the search for capacity was stopped')
    const { measurement } = measured
    const { series, validity, plan } = measurement
    const ruling = judgeTrial(series, validity, {
      by: question.by,
      level,
      limits: question.limits,
      warmupUs: length.warmupUs,
      lightLatencyUs,
      onInvalid: plan.onInvalid,
    })
    if (step.deciding && ruling.outcome === 'passed') this.#kept = measured
    this.#trials.push({
      level,
      confirming,
      ...ruling,
      ...trialFigures(measurement),
      measurement: new Measurement(measurement),
    })
  }

  /** Requests that outlast their limit twice have failed it: an overloaded target need not answer them all. */
  get #gracefulStopUs(): number {
    const longestUs = Math.max(0, ...this.#question.limits.percentiles.map(({ limitUs }) => limitUs))
    return longestUs === 0 ? LONGEST_WAIT_US : Math.min(LONGEST_WAIT_US, Math.max(SHORTEST_WAIT_US, 2 * longestUs))
  }

  #part({ level, deciding }: TrialStep): SearchPart {
    const { by, limits, arrivals, passedOn } = this.#question
    return {
      role: deciding ? 'answer' : 'trial',
      progress: this.#progress(level),
      by,
      level,
      firstFailing: bracketOf(this.#question, this.#trials).failing,
      question: {
        by,
        limits,
        ...(by === 'rate' ? { arrivals, maxUsers: passedOn.maxUsers } : { thinkTime: passedOn.thinkTime }),
        slo: passedOn.slo,
      },
    }
  }

  /** `trial 4 of about 12 at 28.3/s · 20/s passes, 40/s fails · about 45 s left`. */
  #progress(level: number): string {
    const { by } = this.#question
    const ahead = expectedTrials(this.#question, this.#trials)
    const light = this.#lightLatencyUs
    const leftUs = ahead.reduce((sum, { level: next, confirming }) => {
      const { windowUs, warmupUs } = trialLength(this.#question, next, confirming, light)
      return sum + windowUs + warmupUs + TRIAL_OVERHEAD_US
    }, 0)
    const bracket = bracketText(by, bracketOf(this.#question, this.#trials))
    return [
      `trial ${this.#trials.length + 1} of about ${this.#trials.length + ahead.length} at ${levelText(by, level)}`,
      ...(bracket === '' ? [] : [bracket]),
      `about ${formatDuration(Math.round(leftUs / 1e6) * 1e6)} left`,
    ].join(' · ')
  }

  /** Median latency of the first trial that passed: levels are climbed from below. */
  get #lightLatencyUs(): number | null {
    return this.#trials.find(({ outcome }) => outcome === 'passed')?.latencyP50Us ?? null
  }

  /** Waits until an overloaded target answers a single request as it does under light load. */
  async #settle(): Promise<void> {
    const lightUs = this.#lightLatencyUs
    const { settleUs } = this.#question
    if (lightUs === null || settleUs === 0) return
    const fastMs = (PROBE_FACTOR * lightUs) / 1e3 + PROBE_EXTRA_MS
    const deadlineMs = this.#nowMs() + settleUs / 1e3
    while (!this.#session.signal.aborted) {
      const { failure, timings } = await this.#session.once(this.#scenario)
      const totalMs = timings['total'] ?? Infinity
      if (failure === null && totalMs <= fastMs) return
      if (this.#nowMs() >= deadlineMs) {
        this.#notes.add(
          `${formatDuration(settleUs)} after the trial at ${levelText(this.#question.by, this.#trials.at(-1)!.level)} the target had not recovered; the search went on`,
        )
        return
      }
      await sleep(PROBE_PAUSE_MS)
    }
  }

  async #answer(end: CapacityEnd): Promise<Capacity> {
    const { passing, failing, confirmed } = bracketOf(this.#question, this.#trials)
    return {
      highestPassing: passing,
      firstFailing: failing,
      confirmed,
      end,
      trials: this.#trials.map(({ level, confirming, outcome, why, measurement }) => ({
        ...levelFields(this.#question.by, level),
        confirming,
        passed: outcome === 'invalid' ? null : outcome === 'passed',
        why,
        measurement,
      })),
      measurement: confirmed && this.#kept !== null ? await this.#session.keep(this.#kept) : null,
      notes: this.#allNotes(),
    }
  }

  #summary(specId: CapacitySummary['specId'], end: CapacityEnd | null): CapacitySummary {
    const { by, from, to, limits, precision, label } = this.#question
    const { passing, failing, confirmed } = bracketOf(this.#question, this.#trials)
    return {
      kind: 'capacity',
      specId,
      title: [specId.path.at(-1) ?? specId.file, label].join(' · '),
      by,
      from,
      to,
      limits,
      precision,
      end,
      highestPassing: passing,
      firstFailing: failing,
      confirmed,
      trials: this.#trials.map(({ measurement: _measurement, ...trial }) => trial),
      notes: this.#allNotes(),
    }
  }

  #allNotes(): string[] {
    return [...this.#notes, ...contradictions(this.#trials)]
  }
}
