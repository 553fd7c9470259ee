import { stripVTControlCharacters } from 'node:util'

const WIDE =
  /^(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Bopomofo}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation})/u
const EMOJI_VARIANT = /\ufe0f/
const INVISIBLE = /^[\p{Mark}\p{Control}\p{Format}]+$/u

/** Number of terminal cells that a text takes: two for CJK and emoji, none for colour codes and combining marks. */
export function displayWidth(text: string): number {
  let width = 0
  for (const grapheme of graphemes(stripVTControlCharacters(text))) width += graphemeWidth(grapheme)
  return width
}

/** Cuts a text to `width` cells on one line, ending in `…` when something was left out. */
export function truncate(input: string, width: number): string {
  const text = oneLine(input)
  if (displayWidth(text) <= width) return text
  if (width < 1) return ''
  let kept = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme)
    if (used > width - 1) break
    kept += grapheme
  }
  return `${kept.trimEnd()}…`
}

/** Pads a text to `width` cells; longer texts stay as they are. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'left' ? text + fill : fill + text
}

/**
 * Breaks a text at white space into lines of at most `width` cells, keeping its own indentation; later lines start with
 * `indent` spaces. A word that alone is wider is broken where the line ends, so that nothing is lost.
 */
export function wrap(text: string, width: number, indent = 0): string[] {
  const lines: string[] = []
  let line = /^ */.exec(text)![0]
  for (const word of oneLine(text).split(/\s+/u).filter(Boolean)) {
    const joined = line.trim() === '' ? line + word : `${line} ${word}`
    if (displayWidth(joined) <= width) {
      line = joined
      continue
    }
    if (line.trim() !== '') {
      lines.push(line)
      line = ' '.repeat(indent)
    }
    line += word
    while (displayWidth(line) > width) {
      const head = fitting(line, Math.max(width, indent + 1))
      if (head === line) break
      lines.push(head)
      line = ' '.repeat(indent) + line.slice(head.length)
    }
  }
  lines.push(line)
  return lines
}

/**
 * Joins parts with ` · ` into lines of at most `width` cells and breaks between parts; only a part that is wider than a
 * line is broken itself. Later lines start with `indent` spaces.
 */
export function wrapParts(parts: readonly string[], width: number, indent = 0): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const joined = lines.length === 0 ? part : `${lines.at(-1)} · ${part}`
    if (displayWidth(joined) <= width) lines.splice(-1, 1, joined)
    else lines.push(...wrap(lines.length === 0 ? part : ' '.repeat(indent) + part, width, indent))
  }
  return lines
}

/** Servers write error messages: what could move the cursor or break a line must not reach the screen. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Control}+/gu, ' ')
}

function fitting(text: string, width: number): string {
  let kept = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme)
    if (used > width && kept !== '') break
    kept += grapheme
  }
  return kept
}

function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment)
}

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0
  return WIDE.test(grapheme) || EMOJI_VARIANT.test(grapheme) ? 2 : 1
}
