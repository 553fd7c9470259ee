import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from '../domain/load-error.ts'
import { errorCode, freeName, makeDirectory, reasonOf, writeFileAtomic } from './atomic-file.ts'
import { type DocumentChange, type DocumentStore, versionOf } from './document-store.ts'

const PLACES = ['history', 'baselines'] as const
const SYNCED = 'synced.json'
const ATTEMPTS = 10
/** Longest pause before another attempt, milliseconds. */
const PAUSE_MS = 200

/**
 * A shared store as files on this machine. Everything reads and writes the files, so that no load waits for a network
 * and nothing is lost without one; `sync` brings both sides together: what is new here goes up, what is new there comes
 * down. `synced.json` tells what both sides had the last time.
 */
export class SharedMirror {
  readonly directory: string
  readonly #documents: DocumentStore

  constructor(directory: string, documents: DocumentStore) {
    this.directory = directory
    this.#documents = documents
  }

  /**
   * Never throws: a store that cannot be reached is a note, and the next sync sends what is here.
   * @param removed keys that are to go there as well; files that are merely missing here come down again
   */
  async sync(removed: ReadonlySet<string> = new Set()): Promise<readonly string[]> {
    const notes: string[] = []
    try {
      makeDirectory(dirname(this.directory))
      makeDirectory(this.directory)
      await writeFileAtomic(join(this.directory, '.gitignore'), '*\n')
      for (let attempt = 1; !(await this.#syncOnce(removed, notes)); attempt++) {
        if (attempt === ATTEMPTS)
          throw new LoadError('store-failed', `others wrote at the same time, ${ATTEMPTS} times in a row`)
        await sleep(Math.random() * PAUSE_MS)
      }
    } catch (error) {
      notes.push(
        `the shared store (${this.#documents.place}) could not be used: ${reasonOf(error)}; ` +
          `results are kept in ${this.directory} and sent with the next run`,
      )
    }
    return [...notes, ...this.#documents.notes()]
  }

  close(): Promise<void> {
    return this.#documents.close()
  }

  /** One attempt; false when somebody else was faster. */
  async #syncOnce(removed: ReadonlySet<string>, notes: string[]): Promise<boolean> {
    const there = await this.#documents.keys()
    const known = await this.#synced()
    // A store that lost everything is a new one: what is here is not to be lost as well.
    const base: ReadonlyMap<string, string> = there.size === 0 ? new Map() : known
    const here = await this.#versions(base)
    const [up, down]: [DocumentChange[], string[]] = [[], []]
    for (const key of new Set([...here.keys(), ...there.keys()])) {
      const [ours, theirs, last] = [here.get(key) ?? null, there.get(key) ?? null, base.get(key) ?? null]
      if (removed.has(key) && ours === null) up.push({ key, text: null, seen: theirs })
      else if (ours === theirs) continue
      else if (ours === null || (ours === last && theirs !== null)) down.push(key)
      else if (ours === last) await rm(this.#path(key), { force: true })
      else if (theirs === last || theirs === null)
        up.push({ key, text: await readFile(this.#path(key), 'utf8'), seen: theirs })
      else {
        notes.push(await this.#setOursAside(key))
        down.push(key)
      }
    }
    if (up.length > 0 && !(await this.#documents.write(up))) return false
    for (const [key, text] of down.length === 0 ? [] : await this.#documents.read(down))
      await writeFileAtomic(this.#path(key), text)
    const synced = new Map(there)
    for (const { key, text } of up) {
      if (text === null) synced.delete(key)
      else synced.set(key, versionOf(text))
    }
    await writeFileAtomic(join(this.directory, SYNCED), `${JSON.stringify(Object.fromEntries(synced))}\n`)
    return true
  }

  /** A baseline that was accepted here and there: theirs was first, and ours is kept beside it. */
  async #setOursAside(key: string): Promise<string> {
    const kept = await freeName(this.#path(key), '.ours')
    await writeFileAtomic(kept, await readFile(this.#path(key), 'utf8'))
    return `${key}: another one was accepted elsewhere meanwhile and counts; the one of this machine is kept as ${kept}`
  }

  async #versions(base: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
    const versions = new Map<string, string>()
    for (const place of PLACES) {
      for (const entry of await entriesOf(join(this.directory, place))) {
        if (!/\.(json|ndjson)$/.test(entry) || /(^|\/)\./.test(entry)) continue
        const key = `${place}/${entry}`
        const last = base.get(key)
        // Files of history are never edited: one that is known needs no look.
        const version =
          place === 'history' && last !== undefined ? last : versionOf(await readFile(this.#path(key), 'utf8'))
        versions.set(key, version)
      }
    }
    return versions
  }

  async #synced(): Promise<ReadonlyMap<string, string>> {
    try {
      return new Map(Object.entries(JSON.parse(await readFile(join(this.directory, SYNCED), 'utf8')) as object))
    } catch {
      // Without it everything here is compared with everything there, and nothing is lost.
      return new Map()
    }
  }

  #path(key: string): string {
    return join(this.directory, ...key.split('/'))
  }
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true })
    return entries.map((entry) => entry.replaceAll('\\', '/'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
