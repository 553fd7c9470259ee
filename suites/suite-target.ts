import type { RunningServer } from 'vitest-perf'

/** How much a suite asks: `'small'` shows in seconds that it works, `'full'` is what its report measured. */
export type SuiteScale = 'small' | 'full'

/** A service under test: its address, or a `server()` that the spec started. */
export type SuiteTarget = string | RunningServer

/** A length of time: `'10s'`, `'5m'`, `'24h'`. */
export type SuiteDuration = `${number}s` | `${number}m` | `${number}h`

/** A process on this machine, with its descendants: a pid, a `server()`, who listens on a port, or a name. */
export type SuiteProcess = number | RunningServer | { readonly port: number } | { readonly name: string }
