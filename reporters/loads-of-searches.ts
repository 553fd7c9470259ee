import type { SearchSummary } from '../src/domain/search.ts'
import { specIdText } from '../src/domain/spec-id.ts'

/** Loads that are shown by their procedure, by spec id. */
export function loadsOfSearches(searches: readonly SearchSummary[]): ReadonlySet<string> {
  return new Set(searches.flatMap((search) => labelsOf(search).map((label) => specIdText({ ...search.specId, label }))))
}

function labelsOf(search: SearchSummary): readonly string[] {
  if (search.kind === 'sweep') return search.cells.map(({ label }) => label)
  return search.kind === 'concurrency' ? [search.sequential, search.concurrent] : []
}
