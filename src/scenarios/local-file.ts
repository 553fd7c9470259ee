import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'

/** A file of this machine: a path (relative to the working directory), a `file:` URL or its text. */
export type FileRef = string | URL

/** What messages say a file option takes. */
export const FILE_FORM = "takes a path or a file URL, e.g. new URL('./voice.wav', import.meta.url)"

/** True for what may name a file; whether there is one is another question. */
export function isFileRef(value: unknown): value is FileRef {
  if (value instanceof URL) return value.protocol === 'file:'
  return (
    typeof value === 'string' &&
    value !== '' &&
    !value.includes('\0') &&
    !/^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(value)
  )
}

/** Its absolute path. Templates in it stay what they are. */
export function absolutePath(file: FileRef): string {
  if (file instanceof URL) return fileURLToPath(file)
  return file.startsWith('file:') ? fileURLToPath(file) : resolve(file)
}
