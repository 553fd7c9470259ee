/** What stands behind a character that would mention, refer or link: a reader sees nothing, no host's filter sees a name. */
const NOTHING = '\u200B'

/**
 * A text from outside as plain text of GitHub's and GitLab's Markdown, in a line or a cell: no markup, no HTML, no mention of a
 * person, no reference to an issue, no link, no line break.
 */
export function markdownText(text: string): string {
  return text
    .replaceAll(/[\s\u2028\u2029\p{Cc}]+/gu, ' ')
    .trim()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]~|]/g, String.raw`\$&`)
    .replaceAll(/[@#]/g, `$&${NOTHING}`)
    .replaceAll('://', `:${NOTHING}//`)
    .replaceAll(/\bwww\./gi, `$&${NOTHING}`)
}

/** A row of a table. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A table with its head; the first columns begin at the left, figures end at the right. */
export function markdownTable(
  titles: readonly string[],
  words: number,
  rows: readonly (readonly string[])[],
): readonly string[] {
  return [
    markdownRow(titles),
    `|${titles.map((_, i) => (i < words ? ' --- ' : ' ---: ')).join('|')}|`,
    ...rows.map(markdownRow),
  ]
}
