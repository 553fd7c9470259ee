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
  readonly #directory: string

  /** @param name several baselines may live side by side; it becomes a directory's name */
  constructor(directory: string, name: string) {
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
    for (const environment of await this.#environments(notes)) {
      const other = environment === hardHash ? null : await readOrNote(this.path(specId, environment), notes)
      if (other !== null) others.push(other)
    }
    others.sort((a, b) => Date.parse(b.acceptedAt) - Date.parse(a.acceptedAt))
    return { baseline: null, other: others[0] ?? null, notes }
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
   * @returns its path
   * @throws LoadError `store-failed`, also when the file there has a newer schema
   */
  async accept(baseline: Baseline): Promise<string> {
    const path = this.path(baseline.specId, baseline.fingerprint.hardHash)
    const found = await readBaseline(path)
    if (found.state === 'unknown-schema') throw new LoadError('store-failed', refusal(path, found))
    if (found.state === 'corrupt') await rename(path, await freeName(path, '.corrupt'))
    const runs = baseline.runs.map((run) => ({ ...run, metrics: storableMetrics(run.metrics, DIGITS) }))
    await writeFileAtomic(path, sortedJson({ ...baseline, runs }))
    return path
  }

  async #environments(notes: string[]): Promise<string[]> {
    try {
      const entries = await readdir(this.#directory, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') notes.push(`baseline: cannot read ${this.#directory}: ${reasonOf(error)}`)
      return []
    }
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
