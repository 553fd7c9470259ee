import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { LoadFile } from './control-messages.ts'

/** A plan whose files lie on this machine. */
export interface UnpackedPlan {
  readonly plan: LoadPlan
  /** Removes them. */
  remove(): Promise<void>
}

/**
 * Writes the files that came with a plan to a folder of their own and lets the plan name them there: scenario bundles by
 * URL, and every text of the scenario that is the path of one (rows of data name uploads and audio).
 * @throws Error when the folder cannot be written
 */
export async function unpackedPlan(plan: LoadPlan, files: readonly LoadFile[]): Promise<UnpackedPlan> {
  if (files.length === 0) return { plan, remove: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'vitest-perf-worker-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const places = new Map<string, string>()
    for (const [i, { path, bytes }] of files.entries()) {
      // Names decide content types, and may be the same in two folders.
      await mkdir(join(folder, String(i)))
      const place = join(folder, String(i), basename(path))
      await writeFile(place, bytes, { mode: 0o600 })
      places.set(path, place)
    }
    return { plan: { ...plan, scenario: moved(plan.scenario, places) }, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

function moved<T>(value: T, places: ReadonlyMap<string, string>): T {
  if (typeof value === 'string') return (place(value, places) ?? value) as T
  if (Array.isArray(value)) return value.map((item: unknown) => moved(item, places)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, moved<unknown>(item, places)])) as T
}

function place(text: string, places: ReadonlyMap<string, string>): string | undefined {
  if (!text.startsWith('file:')) return places.get(text)
  try {
    const there = places.get(fileURLToPath(text))
    return there === undefined ? undefined : pathToFileURL(there).href
  } catch {
    return undefined
  }
}
