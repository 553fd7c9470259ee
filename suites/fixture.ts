import { type RunningServer, server } from 'vitest-perf'

/** A fixture of this repository, on a free port unless told otherwise. */
export function fixture(name: string, args: readonly string[] = []): RunningServer {
  return server({ command: ['node', `fixtures/dist/${name}.js`, ...args], ready: /listening on (\S+)/ })
}
