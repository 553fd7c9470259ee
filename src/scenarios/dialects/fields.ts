/** The fields of an object that came from outside. */
export type Fields = Readonly<Record<string, unknown>>

const NO_FIELDS: Fields = {}

/** The value as an object with fields, or `null`. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null
}

/** The fields of a member; none where it is no object. */
export function inner(fields: Fields, name: string): Fields {
  return fieldsOf(fields[name]) ?? NO_FIELDS
}

/** The objects of a list; none where there is no list. */
export function objectsOf(list: unknown): readonly Fields[] {
  return Array.isArray(list) ? list.map(fieldsOf).filter((item) => item !== null) : []
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

/** A text that says something; `null` for what does not. */
export function wordOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** What a tool is called with: the text of it, as servers stream it, or JSON. */
export function argumentsOf(value: unknown): string {
  return typeof value === 'string' ? value : fieldsOf(value) === null ? '' : JSON.stringify(value)
}

/** A number of tokens; `null` for what is none. */
export function tokensOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null
}
