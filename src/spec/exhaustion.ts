import type { SearchPart, TrialSummary } from '../domain/capacity.ts'
import type { ExhaustionEnd, ExhaustionSign, ExhaustionSummary } from '../domain/exhaustion.ts'
import { LoadError } from '../domain/load-error.ts'
import type { Scenario } from '../domain/scenario.ts'
import { errorRate } from '../domain/series-rates.ts'
import { levelText } from '../format/capacity-text.ts'
import { formatDuration } from '../format/quantity-text.ts'
import { Measurement } from '../measure/measurement.ts'
import {
  type ExhaustionQuestion,
  type ExhaustOptions,
  exhaustionQuestion,
  rampLevels,
} from '../plan/exhaustion-options.ts'
import { addSigns, type HostUse, type RampStep } from '../search/exhaustion-signs.ts'
import { levelFields, type SearchSession, TRIAL_OVERHEAD_US, trialFigures, trialLoad } from './trial-load.ts'

/** One step of the ramp. */
export interface ExhaustionStep {
  /** Arrivals per second; `null` where levels are users. */
  readonly rate: number | null
  /** Users; `null` where levels are rates. */
  readonly users: number | null
  readonly measurement: Measurement
}

/** What `exhaust()` found. */
export interface Exhaustion {
  /** Why the ramp ended. `generator`: the target's limit was not reached. */
  readonly end: ExhaustionEnd
  /** What gave out first; `null` when nothing did up to `to`. */
  readonly firstSign: ExhaustionSign | null
  /** Everything that gave out, in the order of its appearance. */
  readonly signs: readonly ExhaustionSign[]
  /** Requests/s or users at the first sign; `null` without one. */
  readonly levelAtFirstSign: number | null
  /** Every step of the ramp, lowest level first. */
  readonly steps: readonly ExhaustionStep[]
  /** The last step: where the target refused, or the highest level. */
  readonly measurement: Measurement
  /** Sentences for the reader. */
  readonly notes: readonly string[]
}

/** Effects of a ramp on the world outside its loads. */
export interface ExhaustionEnvironment {
  readonly nowMs: () => number
  /** How busy the host was since it was asked last. */
  readonly hostUse: () => HostUse
}

interface Step extends RampStep {
  readonly summary: TrialSummary
}

/** Attempts at one level before the generator is taken not to reach it. */
const ATTEMPTS = 2

/** A ramp until the target refuses, in steps that are loads of their own. */
export class ExhaustionRamp {
  readonly #session: SearchSession
  readonly #scenario: Scenario
  readonly #question: ExhaustionQuestion
  readonly #environment: ExhaustionEnvironment
  readonly #steps: Step[] = []
  readonly #notes: string[] = []
  #signs: readonly ExhaustionSign[] = []
  #attempts = 0

  /** @throws LoadError `invalid-option` */
  constructor(session: SearchSession, scenario: Scenario, options: ExhaustOptions, environment: ExhaustionEnvironment) {
    this.#session = session
    this.#scenario = scenario
    this.#question = exhaustionQuestion(options)
    this.#environment = environment
  }

  /** @throws LoadError `scenario-failed`, `load-aborted` */
  async run(): Promise<Exhaustion> {
    const { specId, tell } = this.#session.beginSearch(this.#question.label)
    const tellEnd = (end: ExhaustionEnd | null): void => tell(this.#summary(specId, end))
    tellEnd(null)
    try {
      const end = await this.#ramp(() => tellEnd(null))
      tellEnd(end)
      return this.#answer(end)
    } catch (error) {
      tellEnd('aborted')
      throw error
    }
  }

  async #ramp(tell: () => void): Promise<ExhaustionEnd> {
    const startMs = this.#environment.nowMs()
    const levels = rampLevels(this.#question)
    for (const level of levels) {
      const end = await this.#climb(level, startMs, levels)
      tell()
      if (end !== null) return end
    }
    return 'to-reached'
  }

  /** @returns why the ramp ends here; `null` when it goes on */
  async #climb(level: number, startMs: number, levels: readonly number[]): Promise<ExhaustionEnd | null> {
    for (let attempt = 1; ; attempt++) {
      const step = await this.#step(level, startMs, levels)
      const signs = addSigns(this.#signs, step, this.#steps[0] ?? step)
      const late = signs.find(({ kind }) => kind === 'generator')
      // What disturbed the generator once may have been other work on the machine.
      if (late !== undefined && attempt < ATTEMPTS) {
        this.#notes.push(`the step at ${levelText(this.#question.by, level)} was repeated: ${late.figure}`)
        continue
      }
      this.#steps.push(step)
      this.#signs = signs
      if (late !== undefined) return 'generator'
      return step.summary.outcome === 'failed' ? 'refused' : null
    }
  }

  async #step(level: number, startMs: number, levels: readonly number[]): Promise<Step> {
    const { by, stepUs, gracefulStopUs, refusal } = this.#question
    const load = trialLoad(this.#question, {
      level,
      index: this.#attempts++,
      windowUs: stepUs,
      warmupUs: 0,
      gracefulStopUs,
    })
    this.#environment.hostUse()
    const startUs = Math.round((this.#environment.nowMs() - startMs) * 1e3)
    const { measurement } = await this.#session.attempt(this.#scenario, load, this.#part(level, levels))
    if (this.#session.signal.aborted) throw new LoadError('load-aborted', 'the ramp was stopped')
    const step = { byRate: by === 'rate', level, startUs, measurement, host: this.#environment.hostUse() }
    const share = errorRate(measurement.series) ?? 1
    const signs = addSigns([], step, this.#steps[0] ?? step)
    const generator = signs.find(({ kind }) => kind === 'generator')
    const outcome = generator !== undefined ? 'invalid' : share > refusal ? 'failed' : 'passed'
    const why = signs.map(({ figure }) => figure).join('; ')
    return {
      ...step,
      summary: { level, confirming: false, outcome, why: why === '' ? 'no sign' : why, ...trialFigures(measurement) },
    }
  }

  /** `step 4 of 20 at 80/s · about 45 s left`. */
  #part(level: number, levels: readonly number[]): SearchPart {
    const { by, stepUs } = this.#question
    const at = levels.indexOf(level)
    const leftUs = (levels.length - at) * (stepUs + TRIAL_OVERHEAD_US)
    const first = this.#signs[0]
    const progress = [
      `step ${at + 1} of ${levels.length} at ${levelText(by, level)}`,
      ...(first === undefined ? [] : [`first sign at ${levelText(by, first.level)}`]),
      `about ${formatDuration(Math.round(leftUs / 1e6) * 1e6)} left`,
    ].join(' · ')
    return { role: 'trial', progress, by, level, firstFailing: null, question: null }
  }

  #answer(end: ExhaustionEnd): Exhaustion {
    const steps = this.#steps.map(({ level, measurement }) => ({
      ...levelFields(this.#question.by, level),
      measurement: new Measurement(measurement),
    }))
    return {
      end,
      firstSign: this.#signs[0] ?? null,
      signs: this.#signs,
      levelAtFirstSign: this.#signs[0]?.level ?? null,
      steps,
      measurement: steps.at(-1)!.measurement,
      notes: this.#notes,
    }
  }

  #summary(specId: ExhaustionSummary['specId'], end: ExhaustionEnd | null): ExhaustionSummary {
    const { by, from, to, refusal, label } = this.#question
    return {
      kind: 'exhaustion',
      specId,
      title: [specId.path.at(-1) ?? specId.file, label].join(' · '),
      by,
      from,
      to,
      refusal,
      end,
      signs: this.#signs,
      trials: this.#steps.map(({ summary }) => summary),
      notes: this.#notes,
    }
  }
}
