import { createHash } from 'node:crypto'

/** First `length` hexadecimal digits of the text's SHA-256. */
export function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Name of a file or directory made of any text: readable, safe on every file system, distinct by its digest. */
export function fileName(text: string): string {
  const readable = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(-60)
    .replaceAll(/^-|-$/g, '')
  return `${readable}-${digest(text, 8)}`
}

/** An id or a user's name as a file name: itself where it is safe on every file system, else as {@link fileName}. */
export function safeName(id: string): string {
  return /^[\w-]{1,100}$/.test(id) ? id : fileName(id)
}

/**
 * Plain JSON data that equal values share: sorted keys, and nothing but null, texts, numbers, booleans, lists and
 * objects. Takes everything that `structuredClone` does, cycles included.
 */
export function canonical(value: unknown, parents: readonly object[] = []): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (parents.includes(value)) return { cycle: parents.indexOf(value) }
  const inside = [...parents, value]
  if (Array.isArray(value)) return value.map((item) => canonical(item, inside))
  if (value instanceof Date) return { date: value.getTime() }
  if (value instanceof RegExp) return { regexp: String(value) }
  if (value instanceof Map) return { map: [...value].map((entry) => canonical(entry, inside)) }
  if (value instanceof Set) return { set: [...value].map((item) => canonical(item, inside)) }
  if (ArrayBuffer.isView(value)) {
    return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item, inside)]),
  )
}

/** JSON for people and diffs: sorted keys, two spaces, a final newline. */
export function sortedJson(value: unknown): string {
  return `${JSON.stringify(canonical(value), null, 2)}\n`
}
