import { join, resolve } from 'node:path'
import { type LoadRecord, type RunRecord } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { specIdText } from '../domain/spec-id.ts'
import { HistoryStore } from '../store/history-store.ts'
import type { CommandPlace } from './command.ts'

/** Options that every command that reads the store takes, for `parseArgs`. */
export const STORE_OPTIONS = {
  dir: { type: 'string', default: '.perf' },
  json: { type: 'boolean', default: false },
} as const

/** The same for a command's help. */
export const STORE_HELP = `  --dir     directory of baselines and history, as in perfProject({ dir })  [.perf]
  --json    print data instead of text`

/** The store of the project that the user stands in. */
export interface ProjectStore {
  readonly directory: string
  readonly history: HistoryStore
}

/** One load of history with its run. */
export interface StoredLoad {
  readonly run: RunRecord
  readonly load: LoadRecord
}

/** @throws LoadError when it cannot be opened */
export function openStore(dir: string, { cwd }: Pick<CommandPlace, 'cwd'>): ProjectStore {
  const directory = resolve(cwd, dir)
  return { directory, history: new HistoryStore(join(directory, 'history')) }
}

/** All loads, oldest first; what cannot be read is told on stderr. */
export async function storedLoads(store: ProjectStore, { warn }: CommandPlace): Promise<readonly StoredLoad[]> {
  const { runs, notes } = await store.history.runs()
  notes.forEach((note) => warn(note))
  return runs.flatMap(({ run }) => run.loads.map((load) => ({ run, load })))
}

/**
 * The loads of the one spec that a text means: its whole id, or a part of it that no other has.
 * @throws LoadError `invalid-option` when there is none or several
 */
export function loadsOfSpec(loads: readonly StoredLoad[], wanted: string): readonly StoredLoad[] {
  const ids = [...new Set(loads.map(({ load }) => specIdText(load.specId)))].sort()
  const parts = ids.filter((id) => id.toLowerCase().includes(wanted.toLowerCase()))
  const found = ids.includes(wanted) ? [wanted] : parts
  if (found.length === 1) return loads.filter(({ load }) => specIdText(load.specId) === found[0])
  const listing = (found.length === 0 ? ids : found).map((id) => `\n  ${id}`).join('')
  throw new LoadError(
    'invalid-option',
    found.length > 1
      ? `spec '${wanted}' may be any of ${found.length}; give more of its id:${listing}`
      : ids.length === 0
        ? 'there is no run in history'
        : `no spec '${wanted}' in history; there are:${listing}`,
  )
}
