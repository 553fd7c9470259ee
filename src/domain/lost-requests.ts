import { failedCount, type OutcomeCounts } from './measurement.ts'
import type { ErrorKind } from './observation.ts'

/** Requests without a good answer, by what became of them; kinds that did not occur are 0. */
export type LostRequests = Readonly<Record<ErrorKind | 'dropped' | 'missed' | 'total', number>>

const NONE: Readonly<Record<ErrorKind, number>> = {
  timeout: 0,
  connection: 0,
  http: 0,
  protocol: 0,
  check: 0,
  aborted: 0,
}

/** What was lost of these requests. */
export function lostRequests(outcomes: OutcomeCounts): LostRequests {
  const { failedByKind, dropped, missed } = outcomes
  return { ...NONE, ...failedByKind, dropped, missed, total: failedCount(outcomes) + dropped + missed }
}
