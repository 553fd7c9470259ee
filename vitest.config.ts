import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'

/** Tests that spawn Vitest on temporary projects. */
const spawning = { globalSetup: ['test/e2e/global-setup.ts'], testTimeout: 90_000, hookTimeout: 180_000 }

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false, maxWorkers: 3, testTimeout: 20_000 },
      },
      { test: { name: 'statistical', include: ['test/statistical/**/*.test.ts'], testTimeout: 60_000, maxWorkers: 3 } },
      {
        test: {
          ...spawning,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // None of them asserts a figure that other work beside it could spoil.
          maxWorkers: 2,
          maxConcurrency: 2,
          sequence: { groupOrder: 1, concurrent: true },
        },
      },
      {
        test: {
          ...spawning,
          name: 'measured',
          include: ['test/measured/**/*.test.ts'],
          // These assert figures: nothing else runs beside them.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Real masters and worker processes; asserts figures, so nothing else runs beside it.
        test: {
          testTimeout: 60_000,
          hookTimeout: 60_000,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      perfProject({
        include: 'suites/**/*.perf.{ts,yaml}',
        outputs: { json: '.perf/report.json', csv: '.perf/seconds.csv', markdown: '.perf/report.md' },
      }),
    ],
  },
})

export default config
