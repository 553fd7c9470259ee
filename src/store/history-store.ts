import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { HistoryPoint, LoadRecord, RunRecord } from '../domain/history.ts'
import { type SpecId, specIdText } from '../domain/spec-id.ts'
import { errorCode, freeName, reasonOf, writeFileAtomic } from './atomic-file.ts'
import { safeName } from './digest.ts'
import type { Placed } from './lineage.ts'
import { missingShards, partOf, type RunPart } from './run-parts.ts'
import { NEWER, readRun, runOf } from './stored-schema.ts'

/** Points that a spec gets to see: enough for every statistic, few enough to send with each reply. */
const MOST_POINTS = 200
const MONTH = /^\d{4}-\d{2}$/

/** What history holds of one spec. */
export interface SpecHistory {
  /** Oldest first, at most 200. */
  readonly points: readonly HistoryPoint[]
  /** Files that were set aside or refused, directories that cannot be read; one sentence each, said once per store. */
  readonly notes: readonly string[]
  /** Shards of later runs that are not there and may have held the spec, one sentence each. */
  readonly missingShards: readonly string[]
}

/** A run and the file that holds it. */
export interface StoredRun {
  readonly run: RunRecord
  readonly path: string
}

interface ReadFile {
  readonly loads: readonly SpecPoint[]
  readonly parts: readonly RunPart[]
}

interface SpecPoint {
  /** A load counts once, whichever files hold it. */
  readonly key: string
  readonly spec: string
  readonly point: HistoryPoint
}

/**
 * All runs: `<directory>/<yyyy-mm>/<run>-<shard>.json`, one file per run and shard, never edited; compacted ones
 * together in `<yyyy-mm>/<id>.ndjson`, one a line. Unique names make locks unnecessary.
 */
export class HistoryStore {
  readonly #directory: string
  /** Files do not change once written, so each is read once; refused ones are `[]`. */
  readonly #read = new Map<string, ReadFile>()

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
    const run: RunRecord = { schema: 'perf/run@2', runId, shard, startedAt, source, toolVersion, loads: [load] }
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
    for await (const { path } of this.#files([])) {
      if (!isCompacted(path) && !basename(path).startsWith(`${safeName(runId)}-`)) continue
      const runs = (await readRuns(path, [])) ?? []
      if (runs.some((run) => run.runId === runId && run.loads.some((load) => load.loadId === loadId))) return true
    }
    return false
  }

  /**
   * The newest points of a spec, of all environments. Never throws: what cannot be read is in the notes.
   * @param holds which of them count @default all
   * @param underWay the run that is under way: other shards of it may still come
   */
  async points(
    specId: SpecId,
    holds: (point: Placed) => boolean = () => true,
    underWay: string | null = null,
  ): Promise<SpecHistory> {
    const spec = specIdText(specId)
    const notes: string[] = []
    const points = new Map<string, HistoryPoint>()
    const parts: RunPart[] = []
    for await (const { path, isLastOfMonth } of this.#files(notes)) {
      const file = this.#read.get(path) ?? (await this.#readFile(path, notes))
      parts.push(...file.parts.filter((part) => part.runId !== underWay && holds({ ...part, origin: 'measured' })))
      for (const load of file.loads)
        // A load that is in a file of its own and in a compacted one is the same load; files of their own come first.
        if (load.spec === spec && !points.has(load.key) && holds(load.point)) points.set(load.key, load.point)
      if (points.size >= MOST_POINTS && isLastOfMonth) break
    }
    const oldestFirst = [...points.values()].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
    const newest = oldestFirst.at(-1)
    // The newest run that has the spec tells where it is; of later ones only what is missing can have held it.
    const later = parts.filter(
      ({ runId, startedAt }) =>
        newest !== undefined && runId !== newest.runId && Date.parse(startedAt) > Date.parse(newest.startedAt),
    )
    return { points: oldestFirst.slice(-MOST_POINTS), notes, missingShards: missingShards(later) }
  }

  /** All runs, oldest first, each once. Never throws: what cannot be read is in the notes. */
  async runs(): Promise<{ readonly runs: readonly StoredRun[]; readonly notes: readonly string[] }> {
    const notes: string[] = []
    const runs = new Map<string, StoredRun>()
    for await (const { path } of this.#files(notes))
      for (const run of (await readRuns(path, notes)) ?? []) {
        const key = [`${run.runId} ${run.shard.index}`, ...run.loads.map((load) => keyOf(run, load))].join('\n')
        if (!runs.has(key)) runs.set(key, { run, path })
      }
    return {
      runs: [...runs.values()].sort((a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt)),
      notes,
    }
  }

  #monthOf(run: Pick<RunRecord, 'startedAt'>): string {
    return join(this.#directory, monthOf(run))
  }

  /** All files of runs, newest month first; in a month newest run first, compacted ones last. */
  async *#files(notes: string[]): AsyncGenerator<{ readonly path: string; readonly isLastOfMonth: boolean }> {
    for (const month of (await list(this.#directory, notes)).filter((name) => MONTH.test(name))) {
      const directory = join(this.#directory, month)
      const names = await list(directory, notes)
      const files = [...names.filter((file) => file.endsWith('.json')), ...names.filter(isCompacted)]
      // Ids that a CI service gives are in no order of time: a month is read to its end.
      for (const [i, name] of files.entries())
        yield { path: join(directory, name), isLastOfMonth: i === files.length - 1 }
    }
  }

  async #readFile(path: string, notes: string[]): Promise<ReadFile> {
    const runs = await readRuns(path, notes)
    // A disk that cannot be read now may be read the next time.
    if (runs === null) return { loads: [], parts: [] }
    const loads = runs.flatMap((run) =>
      // Runs of one job are alike: taken for runs of many they would be a level of their own, and the noise too small.
      run.loads
        .filter(({ look }) => look === undefined)
        .map((load): SpecPoint => ({
          key: keyOf(run, load),
          spec: specIdText(load.specId),
          point: pointOf(run, load),
        })),
    )
    const file: ReadFile = { loads, parts: runs.map(partOf) }
    this.#read.set(path, file)
    return file
  }
}

/** What a record says, whichever files hold it; a run that settled twice says two things. */
function keyOf({ runId }: RunRecord, { loadId, status, metrics }: LoadRecord): string {
  return [runId, loadId, status, JSON.stringify(metrics)].join(' ')
}

/** The month that a run belongs to, `2026-03`, in UTC. */
export function monthOf({ startedAt }: Pick<RunRecord, 'startedAt'>): string {
  return new Date(startedAt).toISOString().slice(0, 7)
}

function isCompacted(name: string): boolean {
  return name.endsWith('.ndjson')
}

/** The runs of a file: one, or one a line. What is damaged is set aside or left out, and named; `null` when the disk cannot be read. */
async function readRuns(path: string, notes: string[]): Promise<readonly RunRecord[] | null> {
  try {
    if (isCompacted(path)) return compactedRuns(await readFile(path, 'utf8'), path, notes)
    const run = await readRun(path)
    if (run.state === 'unknown-schema')
      notes.push(`history: ${path} has schema '${run.schema}' and was left out: ${NEWER}`)
    if (run.state === 'corrupt')
      notes.push(`history: ${path} is damaged (${run.reason}) and was left out; ${await setAside(path)}`)
    return run.state === 'read' ? [run.value] : []
  } catch (error) {
    notes.push(`history: ${errorCode(error) === null ? reasonOf(error) : `cannot read ${path}: ${reasonOf(error)}`}`)
    return null
  }
}

function compactedRuns(text: string, path: string, notes: string[]): readonly RunRecord[] {
  return text.split('\n').flatMap((line, i) => {
    if (line === '') return []
    const run = runOf(parsed(line))
    if (run.state === 'read') return [run.value]
    const why = run.state === 'unknown-schema' ? `has schema '${run.schema}': ${NEWER}` : 'is damaged'
    notes.push(`history: ${path} line ${i + 1} ${why} and was left out`)
    return []
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
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

/** A load of a run as trends and comparisons see it. */
export function pointOf(run: RunRecord, load: LoadRecord): HistoryPoint {
  const { status, metrics, startedAt, subject, origin, stages, label, samples } = load
  return {
    runId: run.runId,
    startedAt,
    commit: run.source.commit,
    status,
    hardHash: load.fingerprint.hardHash,
    ...(subject === undefined ? {} : { subject }),
    metrics,
    branch: run.source.branch,
    dirty: run.source.dirty,
    origin,
    stages,
    ...(label === undefined ? {} : { label }),
    ...(samples === undefined ? {} : { samples }),
  }
}
