import { dirname, isAbsolute, resolve } from 'node:path'

/** Options that take the path of a file, and what they take beside it. */
const FILE_OPTIONS = new Set(['data', 'file', 'bodyFile', 'trace', 'source', 'socketPath'])
/** Options that are a file inside another option only. */
const FILES_WITHIN: Readonly<Record<string, ReadonlySet<string>>> = {
  tls: new Set(['ca', 'cert', 'key']),
  multipart: new Set(['path']),
}

/** The data with its relative files beside the document: `data: ./prompts.jsonl`. */
export function withFilesBeside(file: string, data: unknown): unknown {
  return resolved(dirname(file), data, [])
}

function resolved(directory: string, value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'string') return namesFile(path, value) ? resolve(directory, value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => resolved(directory, item, path))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolved(directory, item as unknown, [...path, key])]),
  )
}

function namesFile(path: readonly string[], value: string): boolean {
  // A URL, a PEM text, or nothing.
  if (value === '' || isAbsolute(value) || /^[a-z][a-z0-9+.-]+:/i.test(value) || value.includes('-----BEGIN'))
    return false
  const option = path.at(-1)!
  if (path.slice(0, -1).some((owner) => FILES_WITHIN[owner]?.has(option))) return true
  // `{ data: { file: [...] } }` is a column of rows.
  return FILE_OPTIONS.has(option) && path.at(-2) !== 'data' && !isBelowRows(path)
}

/** What stands in rows, bodies, headers and parameters is the user's own. */
function isBelowRows(path: readonly string[]): boolean {
  return path.slice(0, -1).some((owner) => ['data', 'body', 'headers', 'params', 'extraBody'].includes(owner))
}
