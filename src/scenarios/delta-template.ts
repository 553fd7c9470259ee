import { isDeepStrictEqual } from 'node:util'
import type { Dialect } from './dialects/dialect.ts'
import { parseFields } from './dialects/fields.ts'
import { type Channel, ModelAnswer } from './dialects/model-answer.ts'

/** Stands for the generated text while a template is tried. */
const PROBE = 'vitest-perf probe'
const QUOTE = 34
const BACKSLASH = 92
const FIRST_PRINTABLE = 32
const ZERO = 48
const NINE = 57

/**
 * What the chunks of one stream have in common: everything but the generated text and numbers. A chunk that fits is known
 * to parse to the same as the one that the template was made from, but for that text, so that it need not be parsed; one
 * that does not fit is. Nothing is guessed: texts with escapes and numbers with leading zeros do not fit.
 *
 * Parsing a chunk costs about a microsecond, half of all that a token costs where tokens come as fast as they can.
 */
export class DeltaTemplate {
  /** The type of the events that may fit. */
  readonly type: string
  readonly channel: Channel
  readonly #before: string
  readonly #after: string

  private constructor(type: string, channel: Channel, before: string, after: string) {
    this.type = type
    this.channel = channel
    this.#before = before
    this.#after = after
  }

  /**
   * The template of chunks like this one; `null` when it says more than one generated text.
   * @param type of the event that the chunk came in
   * @param json a chunk that was parsed
   * @param text what it generated
   */
  static of(dialect: Dialect, type: string, json: string, text: string): DeltaTemplate | null {
    const quoted = JSON.stringify(text)
    const at = json.lastIndexOf(quoted)
    if (at < 0 || text === '') return null
    const [before, after] = [json.slice(0, at + 1), json.slice(at + quoted.length - 1)]
    // Digits after a backslash are no number.
    if (before.includes('\\') || after.includes('\\')) return null
    const chunk = parseFields(before + PROBE + after)
    if (chunk === null || dialect.isError(chunk)) return null
    const tried = new ModelAnswer()
    dialect.chunk(chunk, tried)
    const channel = tried.visible.length > 0 ? 'visible' : 'hidden'
    // Texts are private to their fields: this compares all else that an answer can say.
    const saysMore = !isDeepStrictEqual(tried, new ModelAnswer())
    if (saysMore || tried.visible.toString() + tried.hidden.toString() !== PROBE) return null
    return new DeltaTemplate(type, channel, before, after)
  }

  /** The generated text of a chunk that fits, never empty; `null` for one that has to be parsed. */
  textOf(json: string): string | null {
    const start = fits(json, 0, this.#before)
    if (start < 0) return null
    // The text ends with the first quote; what may stand escaped in it is left to the parser.
    let end = start
    for (; end < json.length; end++) {
      const code = json.charCodeAt(end)
      if (code === QUOTE) break
      if (code === BACKSLASH || code < FIRST_PRINTABLE) return null
    }
    return end > start && fits(json, end, this.#after) === json.length ? json.slice(start, end) : null
  }
}

/** Whether a part of a text begins like this at a place, numbers apart. @returns where it ends there, -1 when it does not */
function fits(json: string, place: number, part: string): number {
  let at = place
  for (let i = 0; i < part.length; i++) {
    const code = part.charCodeAt(i)
    if (code >= ZERO && code <= NINE) {
      const [known, found] = [i, at]
      while (isDigit(part, i + 1)) i++
      while (isDigit(json, at)) at++
      if (at === found) return -1
      // A number may not begin with a zero; in a text it may, but only the same digits are known to be in one.
      const leadingZero = json.charCodeAt(found) === ZERO && at > found + 1
      if (leadingZero && json.slice(found, at) !== part.slice(known, i + 1)) return -1
    } else if (json.charCodeAt(at++) !== code) return -1
  }
  return at
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= ZERO && code <= NINE
}
