import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { DataRows } from '../domain/scenario.ts'
import { type Random, seededRandom } from '../domain/random.ts'
import { checkedDraw, type Choice, drawnIndex, drawnNumber, isDraw, type Range } from './draw.ts'
import { isLiveValue } from './live-values.ts'
import { KNOWN_HELPERS, numberOf, templateEnvironment } from './template-helpers.ts'

/** One row of a scenario's data. */
export type Row = DataRows[number]

/**
 * A template ready to be filled. `k` is the row's number, for messages. Draws take their random numbers in the order in
 * which they stand; without a source of them every alternative is filled, to find mistakes, and the first is given.
 * @throws LoadError `invalid-option`
 */
export type Fill<T> = (row: Row, k: number, random?: Random) => T

/** True for a text that must be rendered. */
export function isTemplate(text: string): boolean {
  return text.includes('{{')
}

/** Stands where a template would print an object, which is never what anybody wants. */
const OBJECT_MARK = '\u0000object\u0000'

/**
 * Rows are copied onto this base: `{{constructor}}` must be a missing column, not something inherited.
 */
const ROW_BASE: object = Object.freeze(Object.create(null, { [Symbol.toPrimitive]: { value: () => OBJECT_MARK } }))

/** A text inside a URL: `{{x}}` is encoded as one component, `{{{x}}}` is not. */
class UrlText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Handlebars takes this for the escaped form. */
  toHTML(): string {
    return encodeURIComponent(this.#text)
  }

  [Symbol.toPrimitive](): string {
    return this.#text
  }
}

/** Made when they are needed. */
const environments: { text?: Environment; url?: Environment } = {}
type Environment = ReturnType<typeof templateEnvironment>

/**
 * Compiles a text. Values are inserted as they are; in a URL they are encoded. A column that the row does not have is
 * an error, `null` renders as nothing.
 * @param where which scenario and part, for messages
 */
export function compileText(where: string, source: string, form: 'text' | 'url'): Fill<string> {
  if (!isTemplate(source)) return () => source
  const environment = (environments[form] ??= templateEnvironment(
    form === 'text' ? (text) => text : (text) => new UrlText(text),
  ))
  const render = environment.compile<object>(source, {
    strict: true,
    noEscape: form === 'text',
    knownHelpersOnly: true,
    // A column may well be called `log`.
    knownHelpers: { log: false, ...KNOWN_HELPERS },
  })
  return (row, k) => {
    let text: string
    try {
      text = render(guarded(row, form) as object)
    } catch (cause) {
      throw templateError(where, source, row, k, cause)
    }
    if (text.includes(OBJECT_MARK)) {
      throw new LoadError(
        'invalid-option',
        `${where}: template ${describe(source)} puts an object of row ${k} into a text, takes texts and numbers`,
        {
          hint: 'name a member such as {{user.id}}; in a JSON body a text that is nothing but {{user}} stands for the whole object',
        },
      )
    }
    return text
  }
}

/** A text that is nothing but one `{{path}}` or `{{number path}}`. */
const WHOLE_VALUE = /^\{\{\s*(number\s+)?([\w$-]+(?:\.[\w$-]+)*)\s*\}\}$/

/** A template that gives a number in JSON also where the rows hold texts, as those of CSV files do. */
export function asNumber(template: string): string {
  return template.replace(WHOLE_VALUE, (whole, number: string | undefined, path: string) =>
    number === undefined ? `{{number ${path}}}` : whole,
  )
}

/**
 * Compiles a JSON value whose texts may be templates. Rendering happens inside texts, so the result is valid JSON
 * whatever a row holds. A text that is nothing but `{{column}}` becomes the column's value with its own type: numbers
 * stay numbers, lists stay lists. `{{number column}}` makes a number of a text. Keys are no templates. Where a `choice` or
 * a `range` stands, its value is drawn.
 */
export function compileJson(where: string, value: unknown): Fill<unknown> {
  if (typeof value === 'string') return compileLeaf(where, value)
  if (Array.isArray(value)) {
    const items = value.map((item, i) => compileJson(`${where}[${i}]`, item))
    return (row, k, random) => items.map((item) => item(row, k, random))
  }
  if (isDraw(value)) return compileDraw(where, value)
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, inner]) => [key, compileJson(`${where}.${key}`, inner)] as const)
    return (row, k, random) => Object.fromEntries(members.map(([key, inner]) => [key, inner(row, k, random)]))
  }
  return () => value
}

function compileDraw(where: string, value: Choice<unknown> | Range): Fill<unknown> {
  const draw = checkedDraw(where, value)
  if (!('$choice' in draw)) return (_row, _k, random) => drawnNumber(draw, random ?? seededRandom(0))
  const values = draw.$choice.map((one, i) => compileJson(`${where}[${i}]`, one))
  return (row, k, random) =>
    random === undefined ? values.map((one) => one(row, k))[0] : values[drawnIndex(draw, random)]!(row, k, random)
}

function compileLeaf(where: string, source: string): Fill<unknown> {
  const [, number, whole] = WHOLE_VALUE.exec(source) ?? []
  const path = whole?.split('.')
  if (path === undefined || path[0] === 'this' || path[0] === 'else') return compileText(where, source, 'text')
  return (row, k) => {
    let value: unknown = row
    for (const key of path) {
      const found: unknown =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Row)[key] : undefined
      if (found === undefined) throw templateError(where, source, row, k, new Error(`"${key}" not defined`))
      value = found
    }
    if (number === undefined) return value
    try {
      return numberOf(value)
    } catch (cause) {
      throw templateError(where, source, row, k, cause)
    }
  }
}

function templateError(where: string, source: string, row: Row, k: number, cause: unknown): LoadError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const missing = /^"(.+?)" not defined/.exec(reason)?.[1]
  if (missing === undefined) {
    return new LoadError(
      'invalid-option',
      `${where}: template ${describe(source)} cannot be rendered with row ${k}: ${reason.split('\n').at(-1)!}`,
      {
        hint: 'templates are Handlebars; write \\{{ for two literal braces',
        cause,
      },
    )
  }
  const columns = Object.keys(row).filter((name) => !isLiveValue(name))
  const has = columns.length === 0 ? 'there is no data' : `row ${k} of the data has ${columns.join(', ')}`
  return new LoadError('invalid-option', `${where}: template ${describe(source)} names '${missing}', but ${has}`, {
    hint: `give it as data: { ${missing}: [...] }; write \\{{ for two literal braces`,
  })
}

/** A copy without prototypes; in URLs its texts know how to encode themselves. */
function guarded(value: unknown, form: 'text' | 'url'): unknown {
  // An empty text stays one, for {{#if}}.
  if (typeof value === 'string') return form === 'url' && value !== '' ? new UrlText(value) : value
  if (Array.isArray(value)) return value.map((item) => guarded(item, form))
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.create(ROW_BASE) as Record<string, unknown>
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) copy[key] = guarded(inner, form)
  }
  return copy
}
