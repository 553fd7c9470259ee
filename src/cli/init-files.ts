/** What `vitest-perf init` writes into a user's project. */

/** A config for a project that has none: whatever else is tested there stays as it was. */
export const CONFIG = `import { defineConfig } from 'vitest/config'
import { perf } from 'vitest-perf/config'

// Adds the project \`perf\`, which runs *.perf.ts, beside the tests that are here anyway.
export default defineConfig({
  plugins: [perf()],
})
`

/** A config of its own, for a project whose config cannot be edited safely. */
export const OWN_CONFIG = `import { defineConfig } from 'vitest/config'
import { perfProject } from 'vitest-perf/config'

export default defineConfig({
  test: { projects: [perfProject()] },
})
`

export const SPEC = `import { beforeAll, expect, test } from 'vitest-perf'
import { http } from 'vitest-perf/scenarios'

const url = process.env.PERF_URL ?? 'http://127.0.0.1:3000/'

beforeAll(async () => {
  await fetch(url).catch(() => {
    throw new Error(\`nothing answers at \${url}: start your service there, or say where it is: PERF_URL=http://...\`)
  })
})

test('answers 20 requests/s, 95 % of them below 500 ms', async ({ load }) => {
  const run = await load(http.get(url), { rate: 20, warmup: '1s', duration: '10s' })
  expect(run).toSustainQps(20)
  expect(run).toHaveP95Below('500ms')
  expect(run).toHaveNoErrors()
  // Against earlier runs: the first one records a baseline, later ones are compared with it.
  expect(run).toNotRegress()
})
`

/** What git must not take; baselines are committed. */
export const IGNORED: readonly string[] = ['.perf/*', '!.perf/baselines/']

/** How a project installs its packages on a CI machine. */
const INSTALLS: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': ['npm ci'],
  'npm-shrinkwrap.json': ['npm ci'],
  'pnpm-lock.yaml': ['corepack enable', 'pnpm install --frozen-lockfile'],
  'yarn.lock': ['corepack enable', 'yarn install --immutable'],
}

/** @param files names in the project's directory */
export function installSteps(files: ReadonlySet<string>): readonly string[] {
  return Object.entries(INSTALLS).find(([lock]) => files.has(lock))?.[1] ?? ['npm install']
}

/** A job for GitHub Actions. History is cached, and kept when the job fails, because a failed run is part of it. */
export function workflow(install: readonly string[]): string {
  return `name: perf
on:
  push:
    branches: [main, master]
  pull_request:
permissions:
  contents: read
concurrency: perf-\${{ github.ref }}
jobs:
  perf:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    env:
      # Where your service is: a variable of the repository, or start it in a step below.
      PERF_URL: \${{ vars.PERF_URL || 'http://127.0.0.1:3000/' }}
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # history of the base branch counts up to where this one left it
      - uses: actions/setup-node@v4
        with:
          node-version: 22
${install.map((command) => `      - run: ${command}\n`).join('')}      - uses: actions/cache/restore@v4
        with:
          path: .perf/history
          key: perf-history-\${{ github.ref_name }}-\${{ github.run_id }}-\${{ github.run_attempt }}
          restore-keys: |
            perf-history-\${{ github.ref_name }}-
            perf-history-\${{ github.base_ref || github.ref_name }}-
      # - run: npm start & # your service
      - run: npm run perf
      - uses: actions/cache/save@v4
        if: always()
        with:
          path: .perf/history
          key: perf-history-\${{ github.ref_name }}-\${{ github.run_id }}-\${{ github.run_attempt }}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: perf-report
          path: .perf/report.html
          include-hidden-files: true
          if-no-files-found: ignore
`
}
