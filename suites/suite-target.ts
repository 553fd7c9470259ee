import type { RunningServer } from 'vitest-perf'

/** How much a suite asks: `'small'` shows in seconds that it works, `'full'` is what its report measured. */
export type SuiteScale = 'small' | 'full'

/** A service under test: its address, or a `server()` that the spec started. */
export type SuiteTarget = string | RunningServer
