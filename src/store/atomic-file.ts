import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LoadError } from '../domain/load-error.ts'

/**
 * Writes a whole file or nothing: readers see the old content or the new one, also after a crash or power loss.
 * Directories are made as needed.
 * @throws LoadError `store-failed` naming the file; the target is then as it was
 */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const directory = dirname(path)
  const draft = draftPath(path)
  try {
    makeDirectory(directory)
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncDirectory(directory)
  } catch (cause) {
    await unlink(draft).catch(() => undefined)
    throw new LoadError('store-failed', `cannot write ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** A name beside `path` that no reader takes for a stored file and no other writer has. */
export function draftPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
}

/**
 * Makes a directory with its parents. Node's own recursive mkdir never returns on file systems that refuse a new
 * directory with `ENOENT` although its parent exists, such as /proc (seen with Node 20).
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeDirectory(dirname(path))
    mkdirSync(path)
  }
}

/** The rename itself is only durable once the directory is. */
async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open directories; its file systems journal the rename.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** What a stored JSON file turned out to be. */
export type StoredJson =
  | { readonly state: 'missing' }
  | { readonly state: 'read'; readonly value: unknown }
  | { readonly state: 'corrupt'; readonly reason: string }

/**
 * Reads a JSON file. Damaged content is a result, because it has to be kept and named; a disk that cannot be read is not.
 * @throws LoadError `store-failed` naming the file
 */
export async function readJson(path: string): Promise<StoredJson> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return { state: 'missing' }
    throw new LoadError('store-failed', `cannot read ${path}: ${reasonOf(cause)}`, { cause })
  }
  try {
    return { state: 'read', value: JSON.parse(text) }
  } catch (cause) {
    return { state: 'corrupt', reason: text.trim() === '' ? 'it is empty' : `it is not JSON: ${reasonOf(cause)}` }
  }
}

/** `path` with `suffix`, or with a number before the suffix when that name is taken: nothing is overwritten. */
export async function freeName(path: string, suffix: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? `${path}${suffix}` : `${path}-${n}${suffix}`
    if (
      !(await stat(name).then(
        () => true,
        () => false,
      ))
    )
      return name
  }
}

/** The system's reason as one line, e.g. `ENOSPC: no space left on device`. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return (errorCode(error) === null ? text : text.split(',')[0]!).replaceAll(/\s+/g, ' ')
}

/** The system's error code such as `ENOENT`; `null` for errors that do not come from the system. */
export function errorCode(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null
}
