import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      { test: { name: 'statistical', include: ['test/statistical/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          // Each test measures on its own: two at a time would measure each other.
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      perfProject({ include: 'suites/**/*.perf.ts' }),
    ],
  },
})

export default config
