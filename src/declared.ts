/* What the module of a declarative file imports; nobody else does. */
import './matchers/register.ts'

export { describe, expect } from 'vitest'
export { declaredSuite } from './spec/declared-suite.ts'
export { test } from './spec/perf-test.ts'
