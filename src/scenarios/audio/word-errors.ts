/** Scripts that put no space between words: each character counts as a word. */
const BY_CHARACTER =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const WORDS = new RegExp(`[${BY_CHARACTER}]|(?:(?![${BY_CHARACTER}])[\\p{L}\\p{N}\\p{M}'])+`, 'gu')

/**
 * The words of a text without case, punctuation and width: what two transcripts are compared by. In scripts without spaces
 * between words, each character.
 */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replaceAll(/[’ʼ]/g, "'")
  return (plain.match(WORDS) ?? []).map((word) => word.replaceAll(/^'+|'+$/g, '')).filter(Boolean)
}

/** How many words must be put in, taken out or replaced to make one list of the other (Levenshtein). */
export function wordErrors(reference: readonly string[], heard: readonly string[]): number {
  let start = 0
  while (start < reference.length && start < heard.length && reference[start] === heard[start]) start++
  let cut = 0
  const shorter = Math.min(reference.length, heard.length) - start
  while (cut < shorter && reference.at(-1 - cut) === heard.at(-1 - cut)) cut++
  const [from, to] = [reference.slice(start, reference.length - cut), heard.slice(start, heard.length - cut)]
  let row = Uint32Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, word] of from.entries()) {
    const next = new Uint32Array(to.length + 1)
    next[0] = i + 1
    for (let j = 0; j < to.length; j++) {
      next[j + 1] = Math.min(row[j]! + (word === to[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1)
    }
    row = next
  }
  return row[to.length]!
}
