import { randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { specIdText } from '../domain/spec-id.ts'
import { errorCode, makeDirectory, reasonOf } from './atomic-file.ts'
import { type HistoryStore, setAside } from './history-store.ts'
import type { LoadRecord } from '../domain/history.ts'
import { type FoundJournal, type JournalHead, parseJournal } from './journal-entry.ts'
import { isAlive } from './process-identity.ts'
import { NEWER } from './stored-schema.ts'

/** A journal, or one that a recovering process has claimed. */
const JOURNAL = /^(.+\.ndjson)(\.claim-[0-9a-f]+)?$/
/** Recovering takes milliseconds: an older claim belongs to a process that died over it. */
const CLAIM_MS = 60_000
/** Journals of other hosts and containers, whose processes cannot be seen, are orphans when silent for this long. */
const SILENCE_MS = 3_600_000

/** What broke off may go on for a week; then its journal goes, and what it measured stays in history. */
const RESUMABLE_MS = 7 * 24 * 3_600_000

/** Where journals are, and who makes records of them. */
export interface RecoveryPlace {
  /** Journals of loads that run, or of processes that died. */
  readonly runs: string
  /** Journals whose loads are in history as aborted, and may go on. */
  readonly resumable: string
  readonly history: HistoryStore
  readonly rescue: Rescue
}

/** What a journal holds, in the numbers of history. */
export type Rescue = (found: FoundJournal) => Rescued

/** The measured part of a record, and how long the load had run. */
export interface Rescued extends Pick<LoadRecord, 'metrics' | 'outcomes' | 'findings' | 'course'> {
  readonly untilUs: number
}

/** What a recovery did. */
export interface Recovery {
  /** Loads that are now in history as `aborted`. */
  readonly recovered: number
  /** One sentence for each load and each problem. */
  readonly notes: readonly string[]
}

/**
 * Folds the journals of processes that ended before their history was written into history, as `aborted`, and puts them
 * where they wait for a week to be resumed. Several processes may recover at once: a journal is claimed by renaming it, which only one of them can. Dying
 * in between loses nothing and counts nothing twice. Never throws.
 * @param now milliseconds since the epoch
 */
export async function recoverOrphans(place: RecoveryPlace, now: number): Promise<Recovery> {
  const notes: string[] = []
  let recovered = 0
  for (const name of await namesIn(place.runs, notes)) {
    const match = JOURNAL.exec(name)
    if (match === null) continue
    try {
      if (await recover(join(place.runs, name), match[1]!, place, now, notes)) recovered++
    } catch (error) {
      // Another process was faster.
      if (errorCode(error) === 'ENOENT') continue
      notes.push(`journal: ${join(place.runs, name)} could not be recovered and is kept: ${reasonOf(error)}`)
    }
  }
  await prune(place.resumable, now, notes)
  return { recovered, notes }
}

async function prune(directory: string, now: number, notes: string[]): Promise<void> {
  for (const name of await namesIn(directory, notes)) {
    const path = join(directory, name)
    const age = now - ((await stat(path).catch(() => null))?.mtimeMs ?? now)
    if (age > RESUMABLE_MS) await rm(path, { force: true }).catch(() => undefined)
  }
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
  name: string,
  { runs, resumable, history, rescue }: RecoveryPlace,
  now: number,
  notes: string[],
): Promise<boolean> {
  const journal = join(runs, name)
  const silenceMs = now - (await stat(path)).mtimeMs
  const found = parseJournal(await readFile(path, 'utf8'))
  if (found.state === 'unknown-schema')
    notes.push(`journal: ${path} has schema '${found.schema}' and was left: ${NEWER}`)
  // Journals appear complete with their head, so a damaged one is nobody's work in progress.
  if (found.state === 'corrupt') notes.push(`journal: ${path} is damaged (${found.reason}); ${await setAside(path)}`)
  if (found.state !== 'read') return false
  const { head } = found.value
  const busy = path === journal ? (isAlive(head.writer) ?? silenceMs < SILENCE_MS) : silenceMs < CLAIM_MS
  if (busy) return false

  const claim = `${journal}.claim-${randomBytes(6).toString('hex')}`
  // Touched before it is renamed: a claim must look fresh from its first moment.
  await utimes(path, now / 1e3, now / 1e3)
  await rename(path, claim)
  try {
    // The run may have died after its history was written and before its journals were removed.
    if (await history.holds(head.runId, head.loadId)) {
      await rm(claim, { force: true })
      return false
    }
    const rescued = rescue(found.value)
    await history.writeAborted(head, recordOf(head, rescued))
    for (const before of head.resumes) await history.removeAborted(head, before)
    makeDirectory(resumable)
    await rename(claim, join(resumable, name))
    notes.push(rescuedText(head, rescued))
    return true
  } catch (error) {
    await rename(claim, journal)
    throw error
  }
}

function recordOf(head: JournalHead, { metrics, outcomes, findings, course }: Rescued): LoadRecord {
  const { loadId, specId, startedAt, fingerprint, workloadHash, subject } = head
  return {
    loadId,
    specId,
    status: 'aborted',
    startedAt,
    fingerprint,
    workloadHash,
    subject,
    metrics,
    outcomes,
    expectations: [],
    findings,
    origin: 'measured',
    stages: [],
    ...(course === undefined ? {} : { course }),
  }
}

function rescuedText({ specId, startedAt, runId }: JournalHead, { outcomes, untilUs }: Rescued): string {
  return (
    `recovered an interrupted load: ${specIdText(specId)}, started ${startedAt}, ` +
    `${(untilUs / 1e6).toFixed(0)} s and ${outcomes.attempted} requests; it is in history as aborted, ` +
    `and \`npx vitest-perf resume ${runId}\` finishes it`
  )
}
