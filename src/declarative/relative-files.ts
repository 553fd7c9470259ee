import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Options that take the path of a file, and what they take beside it. */
const FILE_OPTIONS = new Set(['data', 'file', 'bodyFile', 'trace', 'source', 'socketPath'])
/** Options that are a file inside another option only. */
const FILES_WITHIN: Readonly<Record<string, ReadonlySet<string>>> = {
  tls: new Set(['ca', 'cert', 'key']),
  multipart: new Set(['path']),
}

/** The data with its relative files beside the document: `data: ./prompts.jsonl`. */
export function withFilesBeside(file: string, data: unknown): unknown {
  return replaced(data, [], (path, value) => {
    if (!namesFile(path, value) || isUrl(value)) return value
    // A module is named by its URL.
    if (path.at(-1) === 'source') return pathToFileURL(resolve(dirname(file), value)).href
    return isAbsolute(value) ? value : resolve(dirname(file), value)
  })
}

/** The files that the data name, as absolute paths; templates in them stay what they are. A socket has nothing to read. */
export function filesNamed(file: string, data: unknown): readonly string[] {
  const found = new Set<string>()
  replaced(data, [], (path, value) => {
    if (!namesFile(path, value) || path.at(-1) === 'socketPath') return value
    if (value.startsWith('file:///')) found.add(fileURLToPath(value))
    else if (!isUrl(value)) found.add(resolve(dirname(file), value))
    return value
  })
  return [...found]
}

function replaced(
  value: unknown,
  path: readonly string[],
  replace: (path: readonly string[], value: string) => string,
): unknown {
  if (typeof value === 'string') return replace(path, value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => replaced(item, path, replace))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaced(item as unknown, [...path, key], replace)]),
  )
}

function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(value)
}

function namesFile(path: readonly string[], value: string): boolean {
  // A PEM text, or nothing.
  if (value === '' || value.includes('-----BEGIN')) return false
  const option = path.at(-1)
  if (option === undefined) return false
  if (path.slice(0, -1).some((owner) => FILES_WITHIN[owner]?.has(option))) return true
  // `{ data: { file: [...] } }` is a column of rows.
  return FILE_OPTIONS.has(option) && path.at(-2) !== 'data' && !isBelowRows(path)
}

/** What stands in rows, bodies, headers and parameters is the user's own. */
function isBelowRows(path: readonly string[]): boolean {
  return path.slice(0, -1).some((owner) => ['data', 'body', 'headers', 'params', 'extraBody'].includes(owner))
}
