import { readdirSync, readFileSync } from 'node:fs'

/** The text of a small file; `null` where there is none, no longer, or not for us. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Names in a directory; `null` where there is none, no longer, or not for us. */
export function namesIn(path: string): readonly string[] | null {
  try {
    return readdirSync(path)
  } catch {
    return null
  }
}

/** `key: 1234 kB` of a file such as `/proc/meminfo`, in bytes; `null` where the line is missing. */
export function kibibytesOf(text: string, key: string): number | null {
  const match = new RegExp(`^${key}:\\s*(\\d+) kB$`, 'm').exec(text)
  return match === null ? null : Number(match[1]) * 1024
}
