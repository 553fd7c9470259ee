import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ulid } from 'ulid'
import type { RunRecord } from '../domain/history.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { type HistoryStore, monthOf, type StoredRun } from './history-store.ts'

/** Runs that stay whole, newest first. */
const WHOLE_RUNS = 200

/** What a compaction did. */
export interface Compaction {
  /** Runs that are now lines of compacted files, and how many files those are. */
  readonly runs: number
  readonly files: number
  /** Runs that stay in files of their own. */
  readonly whole: number
  /** Bytes of the files that went, less those of the files that came. */
  readonly savedBytes: number
  /** Paths of the files that went. */
  readonly removed: readonly string[]
}

/**
 * Puts old runs together, month by month, and takes off what no trend and no comparison reads: expectations, findings
 * and the course. Numbers, stages and commits stay. Whole stay the newest 200 runs, those of the present month, and
 * those of `keep`. Each compaction writes files of its own names and then removes what is in them, so that two at once,
 * or one that is killed, lose nothing: a run that is in both places counts once.
 * @param keep ids of runs that stay whole: those of baselines, and those with which a level changed
 * @param now decides which month is the present one
 */
export async function compact(history: HistoryStore, keep: ReadonlySet<string>, now: Date): Promise<Compaction> {
  const { runs } = await history.runs()
  const single = runs.filter(({ path }) => path.endsWith('.json'))
  const thisMonth = monthOf({ startedAt: now.toISOString() })
  const old = single
    .slice(0, Math.max(0, single.length - WHOLE_RUNS))
    .filter(({ run }) => !keep.has(run.runId) && monthOf(run) < thisMonth)
  const months = new Map<string, StoredRun[]>()
  for (const stored of old) {
    const directory = dirname(stored.path)
    months.set(directory, [...(months.get(directory) ?? []), stored])
  }
  let savedBytes = 0
  for (const [directory, stored] of months) {
    const text = stored.map(({ run }) => `${compacted(run)}\n`).join('')
    await writeFileAtomic(join(directory, `${ulid(now.getTime())}.ndjson`), text)
    savedBytes -= Buffer.byteLength(text)
    for (const { path } of stored) {
      savedBytes += (await readFile(path)).length
      await rm(path, { force: true })
    }
  }
  return {
    runs: old.length,
    files: months.size,
    whole: single.length - old.length,
    savedBytes,
    removed: old.map(({ path }) => path),
  }
}

function compacted(run: RunRecord): string {
  const loads = run.loads.map((load) => ({ ...load, expectations: [], findings: [] }))
  return JSON.stringify({ ...run, loads }, (key, value: unknown) => (key === 'course' ? undefined : value))
}
