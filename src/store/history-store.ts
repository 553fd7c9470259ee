import { readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { HistoryPoint, LoadRecord, RunRecord } from '../domain/history.ts'
import { type SpecId, specIdText } from '../domain/spec-id.ts'
import { errorCode, freeName, reasonOf, writeFileAtomic } from './atomic-file.ts'
import { safeName } from './digest.ts'
import { NEWER, readRun } from './stored-schema.ts'

/** Points that a spec gets to see: enough for every statistic, few enough to send with each reply. */
const MOST_POINTS = 200
const MONTH = /^\d{4}-\d{2}$/

/** What history holds of one spec. */
export interface SpecHistory {
  /** Oldest first, at most 200. */
  readonly points: readonly HistoryPoint[]
  /** Files that were set aside or refused, directories that cannot be read; one sentence each, said once per store. */
  readonly notes: readonly string[]
}

interface SpecPoint {
  readonly spec: string
  readonly point: HistoryPoint
}

/**
 * All runs: `<directory>/<yyyy-mm>/<run>-<shard>.json`, one file per run and shard, never edited. Unique names make
 * locks unnecessary.
 */
export class HistoryStore {
  readonly #directory: string
  /** Files do not change once written, so each is read once; refused ones are `[]`. */
  readonly #read = new Map<string, readonly SpecPoint[]>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Writes a run into a file of its own.
   * @returns its path
   * @throws LoadError `store-failed`
   */
  async write(run: RunRecord): Promise<string> {
    // A watch session may settle one run more than once.
    const path = await freeName(join(this.#monthOf(run), `${safeName(run.runId)}-${run.shard.index}`), '.json')
    await writeFileAtomic(path, `${JSON.stringify(run)}\n`)
    return path
  }

  /**
   * Writes what was rescued of one load whose run did not end. The name follows from the load, so that rescuing it
   * twice leaves one file.
   * @throws LoadError `store-failed`
   */
  async writeAborted(
    { runId, shard, startedAt, source, toolVersion }: Omit<RunRecord, 'schema' | 'loads'>,
    load: LoadRecord,
  ): Promise<void> {
    const run: RunRecord = { schema: 'perf/run@1', runId, shard, startedAt, source, toolVersion, loads: [load] }
    await writeFileAtomic(this.#abortedPath(run, { runId, loadId: load.loadId }), `${JSON.stringify(run)}\n`)
  }

  /** Removes the record of a load that broke off, because a later one holds its numbers. */
  async removeAborted(
    run: Pick<RunRecord, 'startedAt'>,
    load: { readonly runId: string; readonly loadId: string },
  ): Promise<void> {
    const path = this.#abortedPath(run, load)
    await rm(path, { force: true })
    this.#read.delete(path)
  }

  #abortedPath(
    run: Pick<RunRecord, 'startedAt'>,
    { runId, loadId }: { readonly runId: string; readonly loadId: string },
  ): string {
    return join(this.#monthOf(run), `${safeName(runId)}-aborted-${safeName(loadId)}.json`)
  }

  /** Whether a run's files hold this load already. */
  async holds(runId: string, loadId: string): Promise<boolean> {
    for await (const path of this.#files([])) {
      if (!basename(path).startsWith(`${safeName(runId)}-`)) continue
      const run = await readRun(path).catch(() => null)
      if (run?.state === 'read' && run.value.loads.some((load) => load.loadId === loadId)) return true
    }
    return false
  }

  /** The newest points of a spec, of all environments. Never throws: what cannot be read is in the notes. */
  async points(specId: SpecId): Promise<SpecHistory> {
    const spec = specIdText(specId)
    const notes: string[] = []
    const points: HistoryPoint[] = []
    for await (const path of this.#files(notes)) {
      const loads = this.#read.get(path) ?? (await this.#readFile(path, notes))
      points.push(...loads.filter((load) => load.spec === spec).map((load) => load.point))
      if (points.length >= MOST_POINTS) break
    }
    const oldestFirst = points.slice(0, MOST_POINTS).sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
    return { points: oldestFirst, notes }
  }

  #monthOf(run: Pick<RunRecord, 'startedAt'>): string {
    return join(this.#directory, new Date(run.startedAt).toISOString().slice(0, 7))
  }

  /** Paths of all runs, newest first: names start with the run's time-ordered id. */
  async *#files(notes: string[]): AsyncGenerator<string> {
    for (const month of (await list(this.#directory, notes)).filter((name) => MONTH.test(name))) {
      const directory = join(this.#directory, month)
      for (const name of (await list(directory, notes)).filter((file) => file.endsWith('.json')))
        yield join(directory, name)
    }
  }

  async #readFile(path: string, notes: string[]): Promise<readonly SpecPoint[]> {
    try {
      const run = await readRun(path)
      const loads =
        run.state === 'read'
          ? run.value.loads.map((load): SpecPoint => ({
              spec: specIdText(load.specId),
              point: pointOf(run.value, load),
            }))
          : []
      if (run.state === 'unknown-schema')
        notes.push(`history: ${path} has schema '${run.schema}' and was left out: ${NEWER}`)
      if (run.state === 'corrupt')
        notes.push(`history: ${path} is damaged (${run.reason}) and was left out; ${await setAside(path)}`)
      this.#read.set(path, loads)
      return loads
    } catch (error) {
      notes.push(`history: ${reasonOf(error)}`)
      return []
    }
  }
}

/** Keeps a damaged file under a name that is read no more, and says where. */
export async function setAside(path: string): Promise<string> {
  try {
    const name = await freeName(path, '.corrupt')
    await rename(path, name)
    return `it is kept as ${basename(name)}`
  } catch (error) {
    return `it could not be renamed: ${reasonOf(error)}`
  }
}

/** Names in a directory, last ones first; none when there is no such directory. */
async function list(directory: string, notes: string[]): Promise<string[]> {
  try {
    return (await readdir(directory))
      .filter((name) => !name.startsWith('.'))
      .sort()
      .reverse()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') notes.push(`history: cannot read ${directory}: ${reasonOf(error)}`)
    return []
  }
}

function pointOf(run: RunRecord, load: LoadRecord): HistoryPoint {
  const { status, metrics, startedAt, subject } = load
  return {
    runId: run.runId,
    startedAt,
    commit: run.source.commit,
    status,
    hardHash: load.fingerprint.hardHash,
    ...(subject === undefined ? {} : { subject }),
    metrics,
  }
}
