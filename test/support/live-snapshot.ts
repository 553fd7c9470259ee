import type { LiveSnapshot } from '../../src/domain/live.ts'

/** A load at 10 a second, 23 s into its minute. */
export function liveSnapshotOf(over: Partial<LiveSnapshot>): LiveSnapshot {
  return {
    loadId: 'a',
    title: 'holds 10 qps',
    service: null,
    state: 'measure',
    note: null,
    elapsedUs: 23e6,
    remainingUs: 37e6,
    progress: 0.38,
    askedRate: 10,
    qps: 10.14,
    tokensPerSecond: 0,
    completed: 230,
    failed: 2,
    dropped: 0,
    usersActive: 0,
    inFlight: 3,
    queued: 0,
    latencyP50Us: 83_200,
    latencyP99Us: 120_000,
    latencySoFar: null,
    ttftSoFar: null,
    failedByKind: { http: 2 },
    recent: [],
    generator: null,
    watched: [],
    alerts: [],
    ...over,
  }
}
