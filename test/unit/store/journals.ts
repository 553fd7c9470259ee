import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import type { JournalReport } from '../../../src/pool/ports.ts'
import { rescuedLoad } from '../../../src/rescued-load.ts'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { JournalFile, journalPath } from '../../../src/store/journal.ts'
import { type JournalHead, planOnDisk } from '../../../src/store/journal-entry.ts'
import type { RecoveryPlace } from '../../../src/store/journal-recovery.ts'
import { type ProcessIdentity, processIdentity } from '../../../src/store/process-identity.ts'
import { workloadParts } from '../../../src/store/workload.ts'
import { delta, FINGERPRINT, PLAN, SPEC, temporaryDirectory } from './samples.ts'

export const NOW: number = Date.parse('2026-03-01T12:00:00.000Z')
export const HERE: ProcessIdentity = processIdentity(process.pid)
/** A process that has ended. */
export const DEAD: ProcessIdentity = { ...HERE, pid: spawnSync(process.execPath, ['--version']).pid, start: '1' }
/** Ten good requests of 1..10 ms. */
export const TEN: readonly number[] = Array.from({ length: 10 }, (_, n) => (n + 1) * 1000)

export function head(changes: Partial<JournalHead> = {}): JournalHead {
  return {
    schema: 'perf/journal@1',
    runId: '01JRUN',
    loadId: '01JLOAD',
    specId: SPEC,
    startedAt: '2026-03-01T10:00:00.000Z',
    fingerprint: FINGERPRINT,
    workloadHash: 'w1',
    workload: workloadParts(PLAN, '/'),
    plan: planOnDisk(PLAN),
    subject: { model: 'qwen' },
    source: { commit: 'c0ffee', branch: 'main', dirty: false, mergeBase: null },
    toolVersion: '0.1.0',
    shard: { index: 1, count: 1 },
    project: 'perf',
    resumes: [],
    writer: DEAD,
    ...changes,
  }
}

/** Directories of a store, and what a recovery works with. */
export interface Workplace extends RecoveryPlace {
  readonly directory: string
  readonly notes: string[]
  readonly note: (text: string) => void
}

export function workplace(): Workplace {
  const directory = temporaryDirectory()
  const notes: string[] = []
  return {
    directory,
    runs: join(directory, 'runs'),
    resumable: join(directory, 'resumable'),
    history: new HistoryStore(join(directory, 'history')),
    rescue: rescuedLoad,
    notes,
    note: (text) => notes.push(text),
  }
}

/** A journal with the aggregation that it takes down, as a load keeps both. */
export class KeptLoad {
  readonly aggregator: Aggregator
  readonly journal: JournalFile
  readonly path: string

  constructor(
    runs: string,
    changes: Partial<JournalHead> = {},
    plan: LoadPlan = PLAN,
    note: (text: string) => void = (text) => expect.unreachable(text),
  ) {
    const ofLoad = head({ plan: planOnDisk(plan), ...changes })
    this.aggregator = new Aggregator(plan)
    this.journal = new JournalFile(runs, ofLoad, () => this.aggregator.leg(), note)
    this.path = journalPath(runs, ofLoad.loadId)
  }

  append(report: JournalReport): void {
    this.aggregator.replay([report])
    this.journal.append(report)
  }
}

/** A journal of `seconds` seconds with ten good requests each. @returns its path */
export function writeJournal(runs: string, seconds: number, changes: Partial<JournalHead> = {}): string {
  const load = new KeptLoad(runs, changes)
  for (let second = 0; second < seconds; second++) load.append(delta(second, TEN))
  load.journal.close()
  return load.path
}
