import { describe, expect } from 'vitest'
import { test } from './perf-test.ts'
import { server } from './server.ts'
import { type SuiteDefinition, suiteTests } from './suite-tests.ts'

/**
 * Declares a suite of perf tests from data. Everything is checked before the first load.
 * @throws LoadError `invalid-option` with the path into the data, what was found there and what is allowed
 */
export function suite(name: string, definition: SuiteDefinition): void {
  const tests = suiteTests(`suite('${name}')`, definition, server)
  describe(name, () => {
    for (const { title, claims, run } of tests) {
      test(title, async ({ load }) => {
        const measured = await run(load)
        for (const claim of claims) {
          // Soft: one broken claim must not hide what the others found in the same load.
          const matchers = expect.soft(claim.of(measured)) as unknown as Record<
            string,
            (...args: readonly unknown[]) => void
          >
          matchers[claim.matcher]!(...claim.arguments)
        }
      })
    }
  })
}
