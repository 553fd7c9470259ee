/** A spec file with one test: `load` applies `options` to `scenario`, then come the expectations. */
export function specText(scenario: string, options: string, expectations: string): string {
  return `
import { expect, test } from 'vitest-perf'
import { http, openai, scenario } from 'vitest-perf/scenarios'

test('the spec', async ({ load }) => {
  const run = await load(${scenario}, ${options})
  ${expectations}
})
`
}
