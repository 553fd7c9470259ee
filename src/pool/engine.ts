import type { LoadPlan } from '../domain/load-plan.ts'
import type { GeneratorCommand, GeneratorReport, RowsAsked } from './protocol.ts'

/** What carries loads: it brings generators to life, wherever they run, and passes commands and reports. */
export interface Engine {
  /** Whether generators run elsewhere: a scenario module then takes along all that it imports. */
  readonly isRemote: boolean
  /** How far ahead a time is told at which generators act together, microseconds. */
  readonly headStartUs: number
  /** A generator that says nothing for this long is lost, milliseconds. */
  readonly silentAfterMs: number
  /**
   * Waits until somebody is there to carry these loads, which run together.
   * @returns the plans, each with the number of generators that it gets and what their loss means
   * @throws LoadError `load-aborted` when nobody came; the signal's reason when it is aborted
   */
  place(plans: readonly LoadPlan[], signal: AbortSignal): Promise<readonly LoadPlan[]>
  /**
   * Starts the generators of one load, as many as its plan says; each hears `prepare` first and reports `ready`. One that
   * could not be started is `lost`.
   * @param rows a file for each generator of this machine; `null` for none
   */
  team(plan: LoadPlan, listener: TeamListener, rows?: RowsAsked | null): GeneratorTeam
  /** Nothing of it lives afterwards; again is no harm. */
  close(): Promise<void>
}

/** The generators of one load. */
export interface GeneratorTeam {
  /** Tells one generator; a lost one hears nothing. */
  send(generator: number, command: GeneratorCommand): void
  /** It was given up: from now on it adds neither load nor numbers. */
  drop(generator: number): void
  /** Ends all; again is no harm. Resolves when nothing of them is left that this side can reach. */
  close(): Promise<void>
}

/** What the generators of one load tell. */
export interface TeamListener {
  report(report: GeneratorReport): void
  /** What a scenario module prints. */
  output(text: string): void
  /** Which worker a generator is, where it has a name. */
  named(generator: number, name: string): void
  /** The generator has gone, expected or not; `reason` continues `generator 0 ...`. */
  lost(generator: number, reason: string): void
  /** The engine itself can carry no more; a sentence. */
  stopped(reason: string): void
}
