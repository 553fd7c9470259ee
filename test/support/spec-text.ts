/** What a test of a spec does: apply `options` to `scenario`, then judge. All of it is source code. */
export type SpecTest = readonly [scenario: string, options: string, expectations: string]

/** A spec file with one test. */
export function specText(...spec: SpecTest): string {
  return specsText([spec])
}

/** A spec file with a test for each. */
export function specsText(specs: readonly SpecTest[]): string {
  const tests = specs.map(
    ([scenario, options, expectations], i) => `
test('the spec${i === 0 ? '' : ` ${i + 1}`}', async ({ load }) => {
  const run = await load(${scenario}, ${options})
  ${expectations}
})`,
  )
  return `
import { expect, test } from 'vitest-perf'
import { http, openai, scenario } from 'vitest-perf/scenarios'
${tests.join('\n')}
`
}
