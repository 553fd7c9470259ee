import { constants } from 'node:fs'
import { copyFile, readdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Baseline } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { type SpecId, specIdText } from '../domain/spec-id.ts'
import { errorCode, freeName, reasonOf, writeFileAtomic } from './atomic-file.ts'
import { fileName, safeName, sortedJson } from './digest.ts'
import { NEWER, readBaseline, type Stored, storableMetrics } from './stored-schema.ts'

/** Significant digits: far finer than any noise, and a diff shows only what changed. */
const DIGITS = 4

/** What is known of a spec's baselines. */
export interface SpecBaselines {
  /** Of the asked environment and workload. */
  readonly baseline: Baseline | null
  /** The newest one of another environment, when there is none of the asked one. */
  readonly other: Baseline | null
  /** Files that cannot be used, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Committed references: `<directory>/<name>/<hardHash>/<spec>.json`. Written so that diffs read well: sorted keys, one
 * value a line, four significant digits.
 */
export class BaselineStore {
  readonly #parent: string
  readonly #name: string
  readonly #directory: string

  /** @param name several baselines may live side by side; it becomes a directory's name */
  constructor(directory: string, name: string) {
    this.#parent = directory
    this.#name = name
    this.#directory = join(directory, safeName(name))
  }

  /** Where the baseline of a spec in an environment is kept. */
  path(specId: SpecId, hardHash: string): string {
    return join(this.#directory, hardHash, `${fileName(specIdText(specId))}.json`)
  }

  /** Never throws: what cannot be read counts as missing and is in the notes. */
  async read(specId: SpecId, hardHash: string): Promise<SpecBaselines> {
    const notes: string[] = []
    const path = this.path(specId, hardHash)
    const baseline = await readOrNote(path, notes)
    if (baseline !== null) return { baseline, other: null, notes }
    const others: Baseline[] = []
    for (const environment of await directoriesIn(this.#directory, notes)) {
      const other = environment === hardHash ? null : await readOrNote(this.path(specId, environment), notes)
      if (other !== null) others.push(other)
    }
    others.sort((a, b) => Date.parse(b.acceptedAt) - Date.parse(a.acceptedAt))
    return { baseline: null, other: others[0] ?? null, notes }
  }

  /** Baselines of a spec under every other name. Never throws: what cannot be read is in the notes. */
  async named(specId: SpecId, hardHash: string): Promise<{ baselines: readonly Baseline[]; notes: readonly string[] }> {
    const notes: string[] = []
    const names = (await directoriesIn(this.#parent, notes)).filter((name) => name !== safeName(this.#name))
    const found = await Promise.all(names.map((name) => new BaselineStore(this.#parent, name).read(specId, hardHash)))
    return {
      baselines: found.flatMap(({ baseline, other }) => baseline ?? other ?? []),
      notes: [...notes, ...found.flatMap((each) => each.notes)],
    }
  }

  /** Ids of all runs that any baseline of any name stands on. */
  async runIds(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>()
    for (const name of await directoriesIn(this.#parent, []))
      for (const environment of await directoriesIn(join(this.#parent, name), []))
        for (const file of await readdir(join(this.#parent, name, environment))) {
          const found = await readBaseline(join(this.#parent, name, environment, file)).catch(() => null)
          if (found?.state === 'read') found.value.runs.forEach(({ runId }) => ids.add(runId))
        }
    return ids
  }

  /**
   * Whether there is a file for the spec and environment, readable or not: only an explicit update may replace it.
   * @throws LoadError `store-failed` when the disk cannot be read
   */
  async exists(specId: SpecId, hardHash: string): Promise<boolean> {
    return (await readBaseline(this.path(specId, hardHash))).state !== 'missing'
  }

  /**
   * Writes a baseline, replacing the one of the same spec and environment. A damaged one is kept beside it.
   * @param seen the one that it was decided to replace, `null` for none: if another stands there by now, nothing is
   *   written. @default whichever stands there
   * @returns its path
   * @throws LoadError `store-failed`, also when the file there has a newer schema
   */
  async accept(baseline: Baseline, seen?: Baseline | null): Promise<string> {
    const path = this.path(baseline.specId, baseline.fingerprint.hardHash)
    const found = await readBaseline(path)
    const there = found.state === 'read' ? found.value : null
    if (seen !== undefined && there?.acceptedAt !== seen?.acceptedAt) {
      throw new LoadError('store-failed', `another baseline was accepted at ${path} meanwhile`, {
        hint: 'look at it, and accept again if this one is to replace it',
      })
    }
    if (found.state === 'unknown-schema') throw new LoadError('store-failed', refusal(path, found))
    if (found.state === 'corrupt') await rename(path, await freeName(path, '.corrupt'))
    const runs = baseline.runs.map((run) => ({ ...run, metrics: storableMetrics(run.metrics, DIGITS) }))
    await writeFileAtomic(path, sortedJson({ ...baseline, runs }))
    return path
  }
}

async function directoriesIn(directory: string, notes: string[]): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') notes.push(`baseline: cannot read ${directory}: ${reasonOf(error)}`)
    return []
  }
}

async function readOrNote(path: string, notes: string[]): Promise<Baseline | null> {
  try {
    const found = await readBaseline(path)
    if (found.state === 'read') return found.value
    if (found.state === 'unknown-schema') notes.push(refusal(path, found))
    if (found.state === 'corrupt') {
      notes.push(
        `baseline: ${path} is damaged (${found.reason}) and counts as missing; ${await keepCopy(path)}; ` +
          'restore it from version control, or accept this run with -u',
      )
    }
  } catch (error) {
    notes.push(`baseline: ${reasonOf(error)}`)
  }
  return null
}

function refusal(path: string, found: Extract<Stored<Baseline>, { state: 'unknown-schema' }>): string {
  return `baseline: ${path} has schema '${found.schema}' and counts as missing: ${NEWER}`
}

/** The damaged file stays where it is, so that version control can restore it and nothing takes its place unasked. */
async function keepCopy(path: string): Promise<string> {
  const copy = `${path}.corrupt`
  try {
    await copyFile(path, copy, constants.COPYFILE_EXCL)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return `no copy could be kept: ${reasonOf(error)}`
  }
  return `a copy is kept as ${basename(copy)}`
}
