/**
 * What a folded test holds stands in the page as text, which a browser skips: hundreds of tests open at once. It becomes a part
 * of the page when somebody unfolds it. It is the page's own markup, in which every text from outside is escaped.
 * @returns whether something was filled in
 */
export function fillFolded(test: HTMLDetailsElement): boolean {
  const source = test.querySelector(':scope > script')
  if (source === null) return false
  source.insertAdjacentHTML('afterend', source.textContent)
  source.remove()
  return true
}
