import { randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { specIdText } from '../domain/spec-id.ts'
import { errorCode, reasonOf } from './atomic-file.ts'
import { type HistoryStore, setAside } from './history-store.ts'
import { abortedRecord, type FoundJournal, parseJournal } from './journal-entry.ts'
import { isAlive } from './process-identity.ts'
import { NEWER } from './stored-schema.ts'

/** A journal, or one that a recovering process has claimed. */
const JOURNAL = /^(.+\.ndjson)(\.claim-[0-9a-f]+)?$/
/** Recovering takes milliseconds: an older claim belongs to a process that died over it. */
const CLAIM_MS = 60_000
/** Journals of other hosts and containers, whose processes cannot be seen, are orphans when silent for this long. */
const SILENCE_MS = 3_600_000

/** What a recovery did. */
export interface Recovery {
  /** Loads that are now in history as `aborted`. */
  readonly recovered: number
  /** One sentence for each load and each problem. */
  readonly notes: readonly string[]
}

/**
 * Folds the journals of processes that ended before their history was written into history, as `aborted`, and removes
 * them. Several processes may recover at once: a journal is claimed by renaming it, which only one of them can. Dying
 * in between loses nothing and counts nothing twice. Never throws.
 * @param now milliseconds since the epoch
 */
export async function recoverOrphans(directory: string, history: HistoryStore, now: number): Promise<Recovery> {
  const notes: string[] = []
  let recovered = 0
  for (const name of await namesIn(directory, notes)) {
    const match = JOURNAL.exec(name)
    if (match === null) continue
    try {
      if (await recover(join(directory, name), join(directory, match[1]!), history, now, notes)) recovered++
    } catch (error) {
      // Another process was faster.
      if (errorCode(error) === 'ENOENT') continue
      notes.push(`journal: ${join(directory, name)} could not be recovered and is kept: ${reasonOf(error)}`)
    }
  }
  return { recovered, notes }
}

async function namesIn(directory: string, notes: string[]): Promise<string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') notes.push(`journal: cannot read ${directory}: ${reasonOf(error)}`)
    return []
  }
}

/** Recovers one journal or abandoned claim; true when it added a record to history. */
async function recover(
  path: string,
  journal: string,
  history: HistoryStore,
  now: number,
  notes: string[],
): Promise<boolean> {
  const silenceMs = now - (await stat(path)).mtimeMs
  const found = parseJournal(await readFile(path, 'utf8'))
  if (found.state === 'unknown-schema')
    notes.push(`journal: ${path} has schema '${found.schema}' and was left: ${NEWER}`)
  // Journals appear complete with their head, so a damaged one is nobody's work in progress.
  if (found.state === 'corrupt') notes.push(`journal: ${path} is damaged (${found.reason}); ${await setAside(path)}`)
  if (found.state !== 'read') return false
  const busy = path === journal ? (isAlive(found.value.head.writer) ?? silenceMs < SILENCE_MS) : silenceMs < CLAIM_MS
  if (busy) return false

  const claim = `${journal}.claim-${randomBytes(6).toString('hex')}`
  // Touched before it is renamed: a claim must look fresh from its first moment.
  await utimes(path, now / 1e3, now / 1e3)
  await rename(path, claim)
  try {
    const added = await write(found.value, history)
    await rm(claim, { force: true })
    if (added) notes.push(rescued(found.value))
    return added
  } catch (error) {
    await rename(claim, journal)
    throw error
  }
}

async function write({ head, entry }: FoundJournal, history: HistoryStore): Promise<boolean> {
  // The run may have died after its history was written and before its journals were removed.
  if (await history.holds(head.runId, head.loadId)) return false
  const { runId, shard, startedAt, source, toolVersion } = head
  const load = abortedRecord(head, entry)
  await history.writeAborted(
    { schema: 'perf/run@1', runId, shard, startedAt, source, toolVersion, loads: [load] },
    load,
  )
  return true
}

function rescued({ head, entry }: FoundJournal): string {
  const { attempted } = entry.outcomes
  return (
    `recovered an interrupted load: ${specIdText(head.specId)}, started ${head.startedAt}, ` +
    `${(entry.atUs / 1e6).toFixed(0)} s and ${attempted} requests; it is in history as aborted`
  )
}
