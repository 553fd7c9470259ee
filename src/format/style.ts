import { styleText } from 'node:util'

/** Marks that a text may carry on a screen. Injected, so that logic never asks the terminal. */
export type Style = Readonly<Record<StyleName, (text: string) => string>>

export type StyleName = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

const STYLE_NAMES: readonly StyleName[] = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan']

/** No marks at all: files, pipes, tests. */
export const PLAIN_STYLE: Style = styleOf((_, text) => text)

/** Colour where the stream is a terminal and NO_COLOR does not forbid it; FORCE_COLOR overrules, as in Node. */
export function streamStyle(stream: NodeJS.WritableStream): Style {
  return styleOf((name, text) => styleText(name, text, { stream, validateStream: true }))
}

function styleOf(mark: (name: StyleName, text: string) => string): Style {
  const entries = STYLE_NAMES.map((name) => [name, (text: string) => mark(name, text)] as const)
  return Object.fromEntries(entries) as Style
}
