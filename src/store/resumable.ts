import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { type SpecId, specIdText } from '../domain/spec-id.ts'
import { errorCode } from './atomic-file.ts'
import { type FoundJournal, parseJournal } from './journal-entry.ts'
import { isAlive } from './process-identity.ts'
import { workloadParts } from './workload.ts'

/** A load that broke off, with its journal. */
export interface ResumableLoad extends FoundJournal {
  readonly path: string
}

/** Where journals lie below the store's directory. */
export function journalPlaces(directory: string): { readonly runs: string; readonly resumable: string } {
  return { runs: join(directory, 'runs'), resumable: join(directory, 'resumable') }
}

/** What a directory holds of loads that broke off. */
export interface Resumables {
  /** Oldest first. */
  readonly loads: readonly ResumableLoad[]
  /** Journals that cannot be read, one sentence each. */
  readonly damaged: readonly string[]
}

/** The loads that may go on: waiting ones, and those whose process is gone and that no start has taken up yet. */
export async function resumableLoads(directory: string): Promise<Resumables> {
  const { runs, resumable } = journalPlaces(directory)
  const loads: ResumableLoad[] = []
  const damaged: string[] = []
  for (const place of [resumable, runs]) {
    for (const name of (await namesIn(place)).filter((one) => one.endsWith('.ndjson'))) {
      const path = join(place, name)
      const text = await readFile(path, 'utf8').catch(() => null)
      if (text === null) continue
      const found = parseJournal(text)
      if (found.state === 'corrupt') damaged.push(`${path} is damaged: ${found.reason}`)
      if (found.state === 'unknown-schema') damaged.push(`${path} has schema '${found.schema}'`)
      if (found.state !== 'read' || (place === runs && isAlive(found.value.head.writer) !== false)) continue
      loads.push({ ...found.value, path })
    }
  }
  loads.sort((a, b) => Date.parse(a.head.startedAt) - Date.parse(b.head.startedAt))
  return { loads, damaged }
}

/**
 * Refuses to go on with another load than the one that broke off.
 * @throws LoadError `cannot-resume` naming each part that differs
 */
export function requireSameWorkload({ head }: ResumableLoad, plan: LoadPlan, specId: SpecId, root: string): void {
  const now = workloadParts(plan, root)
  const names = [...new Set([...Object.keys(head.workload), ...Object.keys(now)])].sort()
  const differences = names
    .filter((name) => head.workload[name] !== now[name])
    .map((name) =>
      name === 'requests'
        ? 'its requests differ'
        : `${name}: was ${head.workload[name] ?? 'absent'}, is ${now[name] ?? 'absent'}`,
    )
  if (differences.length === 0) return
  throw new LoadError(
    'cannot-resume',
    `${specIdText(specId)} is another load than the one that broke off: ${differences.join('; ')}`,
    { hint: 'change it back to finish that one, or run the test as usual to measure anew' },
  )
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return []
    throw new LoadError('store-failed', `cannot read ${directory}: ${(cause as Error).message}`, { cause })
  }
}
