import { join, relative, resolve } from 'node:path'
import { DEFAULT_BASELINE, type LoadRecord, type RunRecord } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { specIdText } from '../domain/spec-id.ts'
import { HistoryStore } from '../store/history-store.ts'
import { sharedMirror, storeFromVariable } from '../store-choice.ts'
import type { CommandPlace } from './command.ts'
import { projectOptions } from './project-options.ts'

/** Options that every command that reads the store takes, for `parseArgs`. */
export const STORE_OPTIONS = {
  dir: { type: 'string' },
  project: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

/** The same for a command's help. */
export const STORE_HELP = `  --dir     directory of baselines and history  [what the config says, .perf without one]
  --project name of the perf project in the config, where several have stores of their own
  --json    print data instead of text`

/** The store of the project that the user stands in. */
export interface ProjectStore {
  readonly history: HistoryStore
  /** Directory of all baselines, by name. */
  readonly baselines: string
  /** Name of the baseline that the project compares with. */
  readonly baselineName: string
  /** Branches whose runs may become a baseline; `null` for every one. */
  readonly acceptOn: readonly string[] | null
  /** Sends what was written to the team's store, where there is one. */
  readonly send: (removed?: ReadonlySet<string>) => Promise<void>
  /** Key of a file in the team's store. */
  readonly keyOf: (path: string) => string
}

/**
 * Opens the store that the config names, or `.perf`. What a team shares is fetched first.
 * @throws LoadError when the config cannot be loaded
 */
export async function openStore(
  flags: { readonly dir?: string | undefined; readonly project?: string | undefined },
  { cwd, env, warn }: CommandPlace,
): Promise<ProjectStore> {
  const chosen = storeFromVariable(env['PERF_STORE'])
  const needsConfig = flags.dir === undefined || flags.project !== undefined
  const options = needsConfig ? await projectOptions(cwd, flags.project ?? null) : null
  const directory = resolve(cwd, flags.dir ?? options?.dir ?? '.perf')
  const shared = sharedMirror(chosen ?? options?.store ?? 'fs', cwd, directory)
  const kept = shared?.directory ?? directory
  const send = async (removed: ReadonlySet<string> = new Set()): Promise<void> => {
    const notes = (await shared?.sync(removed)) ?? []
    await shared?.close()
    notes.forEach((note) => warn(note))
  }
  await send()
  return {
    history: new HistoryStore(join(kept, 'history')),
    baselines: join(kept, 'baselines'),
    acceptOn: options?.acceptOn ?? null,
    baselineName: env['PERF_BASELINE'] || (options?.baseline ?? DEFAULT_BASELINE),
    send,
    keyOf: (path) => relative(kept, path).replaceAll('\\', '/'),
  }
}

/** One load of history with its run. */
export interface StoredLoad {
  readonly run: RunRecord
  readonly load: LoadRecord
}

/** All loads, oldest first; what cannot be read is told on stderr. */
export async function storedLoads(store: ProjectStore, { warn }: CommandPlace): Promise<readonly StoredLoad[]> {
  const { runs, notes } = await store.history.runs()
  notes.forEach((note) => warn(note))
  return runs.flatMap(({ run }) => run.loads.map((load) => ({ run, load })))
}

/** Without the repetitions of a load in its job: taken for runs of many jobs they would make the noise too small. */
export function withoutRepetitions(loads: readonly StoredLoad[]): readonly StoredLoad[] {
  return loads.filter(({ load }) => load.look === undefined)
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
