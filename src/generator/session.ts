import { isArrivalProfile, isIterationProfile, type LoadPlan, mostUsers } from '../domain/load-plan.ts'
import { iterationShare } from '../plan/iteration-share.ts'
import { dealt } from '../plan/pacer.ts'
import { cutTimeline, type Timeline, timelineOf, windowAt } from '../plan/timeline.ts'
import { redactorOf } from '../scenarios/redact.ts'
import type { AnswersAsked, GeneratorPart, GeneratorReport, TakeOver, WindowSpan } from '../pool/protocol.ts'
import { SharedConnections } from './client/shared-connections.ts'
import { ArrivalDriver } from './arrival-driver.ts'
import type { HealthProbe } from './generator-health.ts'
import { iterationBudget } from './iteration-budget.ts'
import { type IterationRunner, Iterations } from './iterations.ts'
import { JointDriver } from './joint-driver.ts'
import { laneOf, type LoadDriver, type StopCause } from './load-driver.ts'
import { LoadRecords } from './load-records.ts'
import { nodeTimers, PacingLoop } from './pacing-loop.ts'
import { Recorder } from './recorder.ts'
import { rehearse } from './rehearsal.ts'
import { scenarioError } from './scenario-error.ts'
import type { RowsOfLevels } from './series-recorder.ts'
import { scenarioRunner } from './scenario-runner.ts'
import { warmShare } from './warm-share.ts'
import { UserDriver, type UserDriverParts } from './user-driver.ts'

/** What a session works with. */
export interface SessionParts {
  readonly plan: LoadPlan
  readonly part: GeneratorPart
  /** Monotonic clock that all processes of this machine share, microseconds. */
  readonly clockUs: () => number
  readonly health: HealthProbe
  readonly rows?: RowsOfLevels | null
  readonly send: (report: GeneratorReport) => void
}

const DELTA_EVERY_US = 1e6
/** Node takes timers up to 2^31 - 1 ms: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Longest that putting a delta together takes. */
const REPORT_TAKES_US = 4000
/** How long a delta waits for a gap between arrivals. */
const REPORT_LATEST_US = 20_000

/** Arrivals of a lost generator that are walked past in one turn of the event loop. */
const ARRIVALS_PER_TURN = 500

/** What a driver is told beside its part of the load. */
interface DriverShare extends Pick<UserDriverParts, 'startedBefore' | 'joinUs'> {
  /** Iterations that it may start; `null` where the load ends by time. */
  readonly iterations: number | null
}

/**
 * One generator's part of one load, from `prepare` to the final delta. The final delta comes by itself when the plan
 * is over and everything has ended; `stop` only brings that forward.
 */
export class Session {
  readonly #parts: SessionParts
  readonly #records: LoadRecords
  readonly #timers = new Set<NodeJS.Timeout>()
  #runner: IterationRunner | null = null
  #iterations: Iterations | null = null
  #driver: LoadDriver | null = null
  #loop: PacingLoop | null = null
  #timeline: Timeline
  #startUs = 0
  #seq = 0
  #iterationsEnded = 0
  /** Iterations to end before this generator's share of the warm-up is over; `null` when it has been reported. */
  #warmAfter: number | null
  #starting = true
  #failed = false
  #over = false

  constructor(parts: SessionParts) {
    const { plan, part } = parts
    this.#parts = parts
    this.#timeline = timelineOf(plan)
    this.#warmAfter = warmShare(plan, part)
    const windowOf = (us: number): number => windowAt(this.#timeline, us)
    const recorder = new Recorder(
      {
        windowAt: windowOf,
        openLoad: isArrivalProfile(plan.profile),
        endsByCount: isIterationProfile(plan.profile),
        slo: plan.slo,
        rows: parts.rows ?? null,
      },
      redactorOf(plan.scenario),
    )
    this.#records = new LoadRecords(plan.scenario.name, recorder, () => this.#now())
  }

  /** Loads the scenario and reports `ready`, or the scenario's error. */
  async prepare(): Promise<void> {
    const { plan, part, send } = this.#parts
    try {
      this.#runner = await scenarioRunner(plan, this.#records, (error) => this.scenarioFailed(error))
      await rehearse(this.#parts.clockUs, plan.scenario)
      send({ kind: 'ready', index: part.index })
    } catch (error) {
      this.scenarioFailed(error)
    }
  }

  /** Sends one request and reports what went over the wire. */
  async once(): Promise<void> {
    const { plan, part, clockUs, send } = this.#parts
    try {
      const { exchangeOnce } = await import('./exchange-once.ts')
      send({ kind: 'exchanged', index: part.index, exchange: await exchangeOnce(plan.scenario, clockUs) })
    } catch (error) {
      this.scenarioFailed(error)
    }
  }

  /** Sends requests one after the other and reports what came of them. */
  async answers(series: AnswersAsked): Promise<void> {
    const { plan, part, clockUs, send } = this.#parts
    try {
      const { answersInTurn } = await import('./answers-in-turn.ts')
      send({ kind: 'answered', index: part.index, answers: await answersInTurn(plan.scenario, series, clockUs) })
    } catch (error) {
      this.scenarioFailed(error)
    }
  }

  /** Starts the clock. */
  go(startUs: number): void {
    if (this.#runner === null || this.#driver !== null) return
    this.#startUs = startUs
    const { plan, part } = this.#parts
    this.#iterations = new Iterations(this.#runner, (what) => this.#ended(what), plan.rest?.iterations)
    this.#driver = this.#driverOf(this.#iterations, part, { iterations: iterationShare(plan.profile, part) })
    this.#loop = this.#loopOf(this.#driver)
    this.#parts.health.read()
    this.#loop.wake()
    this.#at(DELTA_EVERY_US, () => this.#tick())
    this.#watchEnd()
    this.#reportWarm()
    this.#finishWhenDone()
  }

  /** The warm-up by requests is over for all generators. */
  open(atUs: number): void {
    if (this.#driver === null || !this.#starting) return
    const { plan } = this.#parts
    // Iterations that already started were not taken from the counted ones.
    const openUs = isIterationProfile(plan.profile) ? Math.max(atUs - this.#startUs, this.#now()) : atUs - this.#startUs
    this.#timeline = timelineOf(plan, openUs)
    this.#driver.retime(this.#timeline)
    this.#loop!.wake()
    this.#watchEnd()
  }

  /** Goes on with a part of a lost generator's load, beside its own. */
  takeOver({ generator, part, sinceUs, unfinished, iterations, started }: TakeOver): void {
    if (this.#driver === null || this.#over) return
    const share = { iterations, startedBefore: started, joinUs: this.#now() }
    const driver = this.#driverOf(this.#iterations!, part, share)
    for (let i = 0; i < unfinished; i++) this.#records.seriesOf(part.index).unsent(sinceUs - this.#startUs, 'missed')
    const joint = this.#driver instanceof JointDriver ? this.#driver : this.#join(this.#driver)
    joint.add(driver)
    if (!this.#starting) driver.stop('time-up')
    const told = (missed: number): void => {
      this.#parts.send({ kind: 'took-over', index: this.#parts.part.index, generator, missed })
      this.#loop!.wake()
      this.#finishWhenDone()
    }
    if (driver instanceof UserDriver) return told(unfinished)
    this.#catchUp(driver, sinceUs - this.#startUs, unfinished, told)
  }

  /** Starts nothing more and ends what still runs after `gracefulUs`. */
  stop(gracefulUs: number): void {
    if (this.#driver === null) return
    if (this.#starting) this.#timeline = cutTimeline(this.#timeline, this.#now())
    this.#stopStarting('asked', gracefulUs)
  }

  /** The scenario itself threw: reported once, and nothing more is started. */
  scenarioFailed(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#parts.send({ kind: 'scenario-error', index: this.#parts.part.index, error: scenarioError(error) })
    this.stop(0)
  }

  #driverOf(
    iterations: Iterations,
    part: GeneratorPart,
    { iterations: left, ...taken }: DriverShare,
  ): ArrivalDriver | UserDriver {
    const { plan } = this.#parts
    const { profile, seed } = plan
    const { recorder, seriesOf, now } = this.#records
    const { index, count } = part
    const shared = new SharedConnections(now, ({ maxConnections }) =>
      maxConnections === null ? Infinity : Math.max(1, dealt(maxConnections, { index, count })),
    )
    const common = { seed, timeline: this.#timeline, iterations, seriesOf, now, shared }
    if (!isArrivalProfile(profile)) {
      return new UserDriver({
        ...common,
        ...taken,
        users: mostUsers(plan),
        part,
        thinkTime: profile.thinkTime,
        budget: iterationBudget(profile, left),
        wake: () => this.#loop!.wake(),
      })
    }
    // What is dealt on goes by its own numbers.
    const lane = taken.joinUs === undefined ? laneOf(part, profile.maxUsers) : part
    return new ArrivalDriver({ ...common, profile, recorder, lane })
  }

  #loopOf(driver: LoadDriver): PacingLoop {
    return new PacingLoop(
      driver,
      nodeTimers(() => this.#now()),
      () => this.#iterations!.inFlight > 0,
    )
  }

  #join(first: LoadDriver): JointDriver {
    const joint = new JointDriver(first)
    this.#driver = joint
    this.#loop!.stop()
    this.#loop = this.#loopOf(joint)
    return joint
  }

  /** The arrivals of hours take seconds to walk through, and the own ones must not wait for it. */
  #catchUp(driver: ArrivalDriver, sinceUs: number, before: number, done: (missed: number) => void): void {
    const { missed, more } = driver.skip(sinceUs, this.#now(), ARRIVALS_PER_TURN)
    if (!more) return done(before + missed)
    setImmediate(() => this.#catchUp(driver, sinceUs, before + missed, done))
  }

  #now(): number {
    return this.#parts.clockUs() - this.#startUs
  }

  /** Calls back at a time of the run; timers die with the session. */
  #at(us: number, callback: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        // Node's timers may be a part of a millisecond early.
        if (this.#now() < us) this.#at(us, callback)
        else callback()
      },
      // A longer timer would fire at once; what is not due yet is set anew.
      Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil((us - this.#now()) / 1e3))),
    )
    this.#timers.add(timer)
  }

  #watchEnd(): void {
    if (this.#timeline.endUs !== Infinity)
      this.#at(this.#timeline.endUs, () => this.#stopStarting('time-up', this.#parts.plan.gracefulStopUs))
  }

  #stopStarting(cause: StopCause, gracefulUs: number): void {
    if (this.#over) return
    if (this.#starting) this.#driver!.stop(cause)
    this.#starting = false
    this.#at(this.#now() + gracefulUs, () => {
      this.#driver!.abandon()
      this.#iterations!.abortAll()
      this.#finishWhenDone()
    })
    this.#finishWhenDone()
  }

  #ended(what: 'iteration' | 'user'): void {
    if (what === 'iteration') this.#iterationsEnded++
    this.#reportWarm()
    this.#finishWhenDone()
  }

  #reportWarm(): void {
    if (this.#warmAfter === null || this.#iterationsEnded < this.#warmAfter) return
    this.#warmAfter = null
    this.#parts.send({ kind: 'warm', index: this.#parts.part.index })
  }

  #finishWhenDone(): void {
    if (this.#over || this.#iterations!.inFlight > 0 || !this.#driver!.exhausted) return
    // Time profiles last as long as they were asked to, also where nothing more is due.
    if (this.#starting && !isIterationProfile(this.#parts.plan.profile)) return
    if (this.#leaving()) return
    this.#over = true
    this.#loop!.stop()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#report(true)
  }

  /** Whether users still do what comes after their last iteration. They have as long as requests have to end. */
  #leaving(): boolean {
    if (!this.#iterations!.leaveAll()) return false
    this.#at(this.#now() + this.#parts.plan.gracefulStopUs, () => this.#iterations!.abortAll())
    return true
  }

  /** Reports once a second, but not on an arrival's time: at even rates those fall on whole seconds too. */
  #tick(second = 1): void {
    const nowUs = this.#now()
    const freeUs = this.#driver!.dueUs - nowUs
    if (freeUs < REPORT_TAKES_US && nowUs < second * DELTA_EVERY_US + REPORT_LATEST_US) {
      this.#at(nowUs + Math.max(freeUs, 0) + 500, () => this.#tick(second))
      return
    }
    this.#report(false)
    const next = Math.floor(nowUs / DELTA_EVERY_US) + 1
    this.#at(next * DELTA_EVERY_US, () => this.#tick(next))
  }

  #report(final: boolean): void {
    const { part, health, send } = this.#parts
    const atUs = Math.max(0, this.#now())
    this.#parts.rows?.rows.flush()
    send({
      kind: 'delta',
      index: part.index,
      seq: this.#seq++,
      atUs,
      final,
      usersActive: this.#driver!.usersActive,
      queued: this.#driver!.queued,
      inFlight: this.#iterations!.inFlight,
      ...health.read(),
      ...this.#records.recorder.drain(),
      firstGoodLatencyUs: this.#records.firstGoodLatencyUs,
      windows: this.#windows(atUs, final),
    })
  }

  #windows(atUs: number, final: boolean): WindowSpan[] {
    return this.#timeline.windows
      .filter(({ startUs }) => startUs <= atUs)
      .map(({ window, startUs, endUs }) => {
        // Only windows that end by count have no end in time: they close with the last completion.
        const closesUs = endUs === Infinity && final ? Math.max(startUs, this.#records.lastEndUs) : endUs
        return { window, startUs, endUs: closesUs <= atUs ? closesUs : null }
      })
  }
}
