import { createRequire } from 'node:module'
import type Handlebars from 'handlebars'
import { describe } from '../domain/quantity.ts'

/** Loads it with the first template: it takes a fifth of the time that a generator needs to start, and most loads have none. */
const load = createRequire(import.meta.url)

/** Longest text that `{{filler n}}` makes. */
const LONGEST_FILLER = 16 * 1024 * 1024
const WORDS =
  'the quick brown fox jumps over the lazy dog while seven wizards quietly mix a bowl of sphinx grey quartz and judge my vow '

/** What helpers with an argument give. A name without one is a column, so helpers take no names from the data. */
const WITH_ARGUMENT = {
  /** So many characters, all of one byte: words and spaces, the same for every request. */
  filler: (length: unknown): string => {
    const count = numberIn(length)
    if (count === null || !Number.isInteger(count) || count < 0 || count > LONGEST_FILLER) {
      throw new Error(`filler: got ${describe(plain(length))}, takes a number of characters up to ${LONGEST_FILLER}`)
    }
    return WORDS.repeat(Math.ceil(count / WORDS.length)).slice(0, count)
  },
  /** The number that a text such as one of a CSV file stands for. */
  number: (value: unknown): number => {
    const number = numberIn(value)
    if (number === null) throw new Error(`number: got ${describe(plain(value))}, takes a number or the text of one`)
    return number
  },
}

/** The number that a value is or spells; `null` for everything else. */
function numberIn(value: unknown): number | null {
  if (typeof value === 'number') return value
  const text = plain(value)
  return typeof text === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : null
}

/** In URLs texts are wrapped. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.toPrimitive in value)) return value
  return (value as { readonly [Symbol.toPrimitive]: () => string })[Symbol.toPrimitive]()
}

/** What `{{number column}}` makes of a value in JSON: like the helper, but `null` stays. @throws Error for other things */
export function numberOf(value: unknown): number | null {
  return value === null ? null : WITH_ARGUMENT.number(value)
}

/** Names of the helpers, for the compiler. */
export const KNOWN_HELPERS: Readonly<Record<string, true>> = { filler: true, number: true }

/**
 * An environment of our own: helpers that a user registers in the spec process do not exist in the generators.
 * @param wrap what becomes of the texts that helpers give
 */
export function templateEnvironment(wrap: (text: string) => unknown): typeof Handlebars {
  const environment = (load('handlebars') as typeof Handlebars).create()
  for (const [name, give] of Object.entries(WITH_ARGUMENT)) {
    environment.registerHelper(name, function (this: Readonly<Record<string, unknown>>, ...parts: unknown[]) {
      // The last one is Handlebars' own.
      if (parts.length > 1) return wrap(String(give(parts[0])))
      if (name in this) return this[name]
      throw new Error(`"${name}" not defined in [object Object]`)
    })
  }
  return environment
}
