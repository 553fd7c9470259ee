import { addPromptOffsets, type ErrorSample, type PromptOffset, type SeriesLevel } from '../domain/measurement.ts'
import type { RequestFailure } from '../domain/observation.ts'
import { MOST_CLASSES, tooManyClasses } from '../domain/prompt-class.ts'
import type { CheckDelta, GeneratorDelta } from '../pool/protocol.ts'
import { redactText } from '../scenarios/redact.ts'
import { creditedWindow, type SeriesContext, SeriesRecorder } from './series-recorder.ts'

/** Distinct failures kept apart; further ones are counted per kind. */
const MAX_ERRORS = 20
/** Distinct request names of a scenario module; further ones are counted together. */
const MAX_NAMES = 200
const MAX_MESSAGE = 300
const OTHER_NAMES = '(other names)'

/** The part of a delta that the recorder fills. */
export type RecordedDelta = Pick<GeneratorDelta, 'series' | 'buckets' | 'errors' | 'paced' | 'checks' | 'promptOffset'>

type Lists = Omit<RecordedDelta, 'promptOffset'>

/**
 * What a generator has seen since the last delta. Its memory depends on names, windows and distinct values, never on
 * the number of requests.
 */
export class Recorder {
  readonly #context: SeriesContext
  readonly #classes = new Set<string>()
  #promptOffset: PromptOffset | null = null
  readonly #redact: (text: string) => string
  readonly #series = new Map<string, SeriesRecorder>()
  readonly #errors = new Map<string, { sample: Omit<ErrorSample, 'count'>; count: number }>()
  readonly #checks = new Map<string, CheckDelta>()
  readonly #paced = new Map<number, { scheduled: number; dispatched: number }>()

  /** @param redact takes out of a target's sentence what must not be shown */
  constructor(context: SeriesContext, redact: (text: string) => string = redactText) {
    this.#context = context
    this.#redact = redact
  }

  /**
   * The series of a name; ask once and keep it where many requests share it.
   * @throws LoadError `invalid-option` for more than {@link MOST_CLASSES} classes
   */
  series(request: string, level: SeriesLevel): SeriesRecorder {
    if (level === 'class') this.#claimClass(request)
    const name =
      level === 'request' && this.#series.size >= MAX_NAMES && !this.#series.has(`request ${request}`)
        ? OTHER_NAMES
        : request
    const key = `${level} ${name}`
    let series = this.#series.get(key)
    if (series === undefined) this.#series.set(key, (series = new SeriesRecorder(name, level, this.#context)))
    return series
  }

  /** Where a class is missing among the others, its share of them would be wrong: none are put together. */
  #claimClass(name: string): void {
    if (this.#classes.add(name).size > MOST_CLASSES) throw tooManyClasses('option promptClass', name)
  }

  /** The window to which what happens to a request is credited, for times of the run. */
  creditOf(scheduledAt: number): (us: number) => number {
    return (us) => creditedWindow(this.#context, us, scheduledAt)
  }

  /** The pacer scheduled an arrival; `onTime` when its code ran before the arrival was given up as missed. */
  paced(scheduledAt: number, onTime: boolean): void {
    const window = this.#context.windowAt(scheduledAt)
    let counts = this.#paced.get(window)
    if (counts === undefined) this.#paced.set(window, (counts = { scheduled: 0, dispatched: 0 }))
    counts.scheduled++
    if (onTime) counts.dispatched++
  }

  /** The server says that a prompt has so many more tokens than were counted before the load. */
  promptOffset(more: number): void {
    this.#promptOffset = addPromptOffsets(this.#promptOffset, { n: 1, least: more, most: more })
  }

  /** Counts a named check of an iteration that was due at this time. */
  check(asked: string, scheduledAt: number, passed: boolean): void {
    const window = this.#context.windowAt(scheduledAt)
    const known = this.#checks.has(`${window} ${asked}`) || this.#checks.size < MAX_NAMES
    const name = known ? asked : OTHER_NAMES
    const key = `${window} ${name}`
    const before = this.#checks.get(key) ?? { window, name, passed: 0, failed: 0 }
    this.#checks.set(key, { ...before, [passed ? 'passed' : 'failed']: before[passed ? 'passed' : 'failed'] + 1 })
  }

  /** Counts a failure among its like. */
  error(request: string, { kind, detail, message }: RequestFailure): void {
    const exact = `${request} ${kind} ${detail}`
    const known = this.#errors.has(exact)
    const key = known || this.#errors.size < MAX_ERRORS ? exact : `other ${kind}`
    const entry = this.#errors.get(key)
    if (entry !== undefined) entry.count++
    else {
      const sample = key === exact ? { request, kind, detail } : { request: '(several)', kind, detail: 'other' }
      this.#errors.set(key, { sample: { ...sample, message: this.#redact(message).slice(0, MAX_MESSAGE) }, count: 1 })
    }
  }

  /** Takes out what is new since the last call. */
  drain(): RecordedDelta {
    const promptOffset = this.#promptOffset
    this.#promptOffset = null
    const delta: { [K in keyof Lists]: Lists[K][number][] } = {
      series: [],
      buckets: [],
      errors: [],
      paced: [],
      checks: [],
    }
    for (const series of this.#series.values()) series.drain(delta.series, delta.buckets)
    for (const entry of this.#errors.values()) {
      // Known failures stay, so that the first 20 kinds are the same in all deltas.
      if (entry.count > 0) delta.errors.push({ ...entry.sample, count: entry.count })
      entry.count = 0
    }
    for (const [window, counts] of this.#paced) delta.paced.push({ window, ...counts })
    this.#paced.clear()
    // Known names stay, so that the first 200 are the same in all deltas.
    for (const [key, check] of this.#checks) {
      if (check.passed + check.failed > 0) delta.checks.push(check)
      this.#checks.set(key, { ...check, passed: 0, failed: 0 })
    }
    return promptOffset === null ? delta : { ...delta, promptOffset }
  }
}
