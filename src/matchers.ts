/** Side-effect entry: registers the perf matchers on Vitest's `expect`, for people with a `test` of their own. */
import './matchers/register.ts'

export type { PerfMatchers } from './matchers/augmentation.ts'
