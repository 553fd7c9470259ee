/** What a measurement belongs to, stable over runs: `file > suite > test > load label`. */
export interface SpecId {
  /** Path relative to the project root, with forward slashes. */
  readonly file: string
  /** Suite names, outermost first, then the test's name. */
  readonly path: readonly string[]
  readonly label: string
}

/** The id as one line; also the key in baselines and history. */
export function specIdText(id: SpecId): string {
  return [id.file, ...id.path, ...(id.label === '' ? [] : [id.label])].join(' > ')
}

/** The id that a line stands for; a label cannot be told from a test's name, and makes no difference as a key. */
export function specIdFrom(text: string): SpecId {
  const [file = '', ...path] = text.split(' > ').map((part) => part.trim())
  return { file, path, label: '' }
}
