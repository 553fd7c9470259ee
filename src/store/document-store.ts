import { createHash } from 'node:crypto'

/**
 * Documents that several machines write: runs, which never change, and baselines, which are replaced by
 * compare-and-swap. Keys are paths, `history/2026-03/01J...-1.json`.
 */
export interface DocumentStore {
  /** Where it is, for messages; without credentials. */
  readonly place: string
  /** Version of every document, see {@link versionOf}. @throws LoadError `store-failed` when it cannot be reached */
  keys(): Promise<ReadonlyMap<string, string>>
  /** Texts of documents; one that is gone by now is left out. @throws LoadError `store-failed` */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /**
   * Makes all of these changes or none.
   * @returns false when a document was not as it was seen: somebody else was faster
   * @throws LoadError `store-failed`
   */
  write(changes: readonly DocumentChange[]): Promise<boolean>
  /** Sentences for the user since they were last asked for: what could not be sent yet. */
  notes(): readonly string[]
  close(): Promise<void>
}

/** One document that comes, changes or goes. */
export interface DocumentChange {
  readonly key: string
  /** `null` to remove it. */
  readonly text: string | null
  /** The version that is to be replaced; `null` where there must be none. */
  readonly seen: string | null
}

/** What tells two texts apart: git's id of them as blobs, so that a branch knows it without reading them. */
export function versionOf(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex')
}
