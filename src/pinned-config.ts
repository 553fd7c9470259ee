import type { PoolRunnerInitializer, TestProject } from 'vitest/node'

/** What a perf project needs, whatever the command line says, with Vitest's own default where that is no difference. */
interface Pin {
  readonly flag: string
  readonly read: (config: TestProject['config']) => unknown
  /** Values that need no note: Vitest's defaults and ours. */
  readonly silent: readonly unknown[]
  readonly why: string
}

const PINS: readonly Pin[] = [
  {
    flag: '--pool',
    read: (config) => config.pool,
    silent: ['forks', 'vitest-perf', undefined],
    why: 'perf specs run in their own pool',
  },
  {
    flag: '--maxWorkers',
    read: (config) => config.maxWorkers,
    silent: [1, undefined],
    why: 'perf files run one after the other',
  },
  {
    flag: '--environment',
    read: (config) => config.environment,
    silent: ['node', undefined],
    why: 'perf specs run in plain Node',
  },
  {
    flag: '--retry',
    read: (config) => config.retry,
    silent: [0, undefined],
    why: 'a measurement that is repeated until it passes proves nothing',
  },
  {
    flag: '--repeats',
    read: (config) => (config as { repeats?: number }).repeats,
    silent: [0, undefined],
    why: 'loads of one test would share one history',
  },
  {
    flag: '--testTimeout',
    read: (config) => config.testTimeout,
    silent: [0, 5000, undefined],
    why: 'a load has a deadline of its own, from its plan',
  },
  {
    flag: '--isolate',
    read: (config) => config.isolate,
    silent: [true, undefined],
    why: 'every perf file has a process of its own',
  },
]

/**
 * Sets what must hold for load: our pool, one file at a time, no retry, no timeout. Command line flags override a
 * project's config, so this runs after they are resolved.
 * @returns a sentence for each flag that was overruled
 */
export function pinConfig(
  project: TestProject,
  runner: PoolRunnerInitializer,
  include: readonly string[],
  exclude: readonly string[],
): string[] {
  const { config } = project
  const notes = PINS.filter((pin) => !pin.silent.includes(pin.read(config))).map(
    (pin) => `${pin.flag}=${String(pin.read(config))} does not hold in project "${project.name}": ${pin.why}`,
  )
  Object.assign(config, {
    pool: runner.name,
    environment: 'node',
    poolRunner: runner,
    maxWorkers: 1,
    fileParallelism: false,
    isolate: true,
    retry: 0,
    repeats: 0,
    testTimeout: 0,
    hookTimeout: 0,
    // Annotations and reports point at tests.
    includeTaskLocation: true,
    include: [...include],
    exclude: [...exclude],
  })
  Object.assign(config.sequence, { concurrent: false, groupOrder: 0 })
  config.browser.enabled = false
  config.typecheck.enabled = false
  return notes
}
