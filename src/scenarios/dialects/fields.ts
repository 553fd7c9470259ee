/** The fields of an object that came from outside. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object with fields, or `null`. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null
}

/** A text as an object with fields; `null` when it is no JSON, or JSON of something else. */
export function parseFields(json: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(json))
  } catch {
    return null
  }
}

/** A text, or the texts of content parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => textOf(fieldsOf(part)?.['text'])).join('')
}

/** A number of tokens; `null` for what is none. */
export function tokensOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null
}
