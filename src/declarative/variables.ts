/**
 * Environment variables in a document: `${NAME}`, or `${NAME:-default}` for one that is missing or empty; `$${` stands
 * for `${` itself. In YAML's flow style, braces would end a value, so each is hidden before the text is parsed, behind
 * as many characters of the private use area: positions stay what they are.
 */
import { LoadError } from '../domain/load-error.ts'

const WRITTEN = /\$?\$\{\w[^{}\n]*\}/g
const FORM = /^\$\{([A-Za-z_]\w*)(?::-([^]*))?\}$/

const [START, FILLER, END] = ['\uE000', '\uE001', '\uE002']
const DIGIT = 0xe100
const BASE = 0x400
const HIDDEN = new RegExp(`${START}([\uE100-\uE4FF])([\uE100-\uE4FF])${FILLER}*${END}`, 'g')

/** What a variable stands for, by the text that names it. */
export type FillVariable = (written: string) => string

/** A text without variables, and how to put them back. */
export interface HiddenVariables {
  readonly text: string
  /** Puts what `fill` gives in the place of each; says whether the text was one variable and nothing else. */
  readonly restore: (text: string, fill: FillVariable) => { readonly text: string; readonly whole: boolean }
}

export function hideVariables(text: string): HiddenVariables {
  const found: string[] = []
  const hidden = text.replaceAll(WRITTEN, (written) => {
    const index = found.push(written) - 1
    const digits = String.fromCharCode(DIGIT + Math.floor(index / BASE), DIGIT + (index % BASE))
    return START + digits + FILLER.repeat(written.length - 4) + END
  })
  const indexOf = (high: string, low: string): number => (high.charCodeAt(0) - DIGIT) * BASE + low.charCodeAt(0) - DIGIT
  return {
    text: hidden,
    restore: (value, fill) => {
      const parts = [...value.matchAll(HIDDEN)]
      return {
        text: value.replaceAll(HIDDEN, (_, high: string, low: string) => fill(found[indexOf(high, low)]!)),
        whole: parts.length === 1 && parts[0]![0] === value,
      }
    },
  }
}

/**
 * The value of a variable as it is written.
 * @throws LoadError `invalid-option` that names one that is missing
 */
export function variableValue(written: string, env: Readonly<Record<string, string | undefined>>): string {
  if (written.startsWith('$$')) return written.slice(1)
  const [, name, fallback] = FORM.exec(written) ?? []
  if (name === undefined)
    throw new LoadError(
      'invalid-option',
      `got ${written}, takes \${NAME} or \${NAME:-default}, and $\${ for \${ itself`,
    )
  const value = env[name]
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
  if (value !== undefined) return value
  throw new LoadError('invalid-option', `the environment variable ${name} is not set`, {
    hint: `set it, or write a default: \${${name}:-...}`,
  })
}
