import type { AlertChange } from '../domain/alert.ts'
import type { SearchSummary } from '../domain/search.ts'
import type { Reference } from '../domain/history.ts'
import type { LiveSnapshot } from '../domain/live.ts'
import type { LegReport, LoadLeg } from '../domain/load-leg.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { MeasurementData } from '../domain/measurement.ts'
import type { SpecId } from '../domain/spec-id.ts'
import type { GeneratorDelta } from './protocol.ts'

/** What the load host needs from the store; handed in by the composition root. */
export interface LoadStore {
  /** Baseline and history of a spec, for matchers. Never throws: problems become `notes`. */
  reference(specId: SpecId, plan: LoadPlan): Promise<Reference>
  /**
   * The load of this spec that broke off and is to go on now; `null` when there is none, or nobody asked for it.
   * @throws LoadError `cannot-resume` when the load is another one by now
   */
  brokenOff(specId: SpecId, plan: LoadPlan): Promise<BrokenOff | null>
  /**
   * Opens the journal of a load that is about to start, or to go on. Never throws: a disk that cannot be written becomes
   * a note.
   * @param leg all that was measured so far, the last report included
   */
  journal(load: JournalHeader, leg: () => LoadLeg): LoadJournal
}

/** A load whose process ended before it did. */
export interface BrokenOff {
  /** Of its first leg; ISO 8601. */
  readonly startedAt: string
  readonly leg: LoadLeg | null
  /** Number of generator processes that it had. */
  readonly generators: number
  /** What came after that, in order. */
  readonly reports: readonly JournalReport[]
}

/** What comes to a journal while its load runs. */
export type JournalReport = LegReport<GeneratorDelta>

/** What is known of a load when it starts. */
export interface JournalHeader {
  readonly runId: string
  readonly loadId: string
  readonly specId: SpecId
  readonly plan: LoadPlan
  readonly startedAt: string
  /** Process that writes it: a journal of a living process is no orphan. */
  readonly pid: number
}

/** Keeps what a load has measured so far, in case the process ends before its history is written. */
export interface LoadJournal {
  /** Appends what was reported; with the operating system when it returns. */
  append(report: JournalReport): void
  /** The load ended and its measurement is in memory; the file stays until history is written. */
  close(): void
}

/** Who watches loads: the reporter. */
export interface LoadObserver {
  /** About once a second and on every change of state. */
  progress(snapshot: LiveSnapshot): void
  /** A sentence for the user: whom a load waits for, a flag that was overruled, a file that cannot be written. */
  note(message: string): void
  /**
   * An alert of a running load has begun or ended, or cannot be watched.
   * @param service whose, of several that are loaded together; else `null`
   */
  alerted(change: AlertChange, service: string | null): void
  /** A load has ended, judged or not. */
  finished(measurement: MeasurementData, reference: Reference): void
  /** Nothing of a load is left, however it ended; also of one that never ran. */
  ended(loadId: string): void
  /** What a search knows so far; several times for one search. */
  searched(summary: SearchSummary): void
}
