import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { workflow } from '../../../src/cli/init-files.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const all = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map((match) => match[1]!)

test('every error code has its section in the page on troubleshooting, and no other has', () => {
  const codes = all(read('src/domain/load-error.ts').split('export class')[0]!, /^ {2}\| '([a-z-]+)'$/gm)
  expect(codes.length).toBeGreaterThan(5)
  expect(all(read('docs/troubleshooting.md'), /^### `([a-z-]+)`$/gm).toSorted()).toEqual(codes.toSorted())
})

test('every matcher has an example that is type-checked', () => {
  const matchers = all(read('src/matchers/augmentation.ts'), /^ {2}(to\w+): \(/gm)
  expect(matchers.length).toBeGreaterThan(30)
  const examples = all(read('docs/matchers.md'), /^```ts\n([\s\S]*?)^```$/gm).join('\n')
  expect(matchers.filter((matcher) => !examples.includes(`.${matcher}(`))).toEqual([])
})

test('the page on CI shows the job that init writes, and it is YAML', () => {
  const job = workflow(['npm ci'])
  expect(read('docs/ci.md')).toContain(`\`\`\`yaml\n${job}\`\`\``)
  const { steps } = (parse(job) as { jobs: { perf: { steps: readonly { run?: string }[] } } }).jobs.perf
  expect(steps.map(({ run }) => run).filter((run) => run !== undefined)).toEqual(['npm ci', 'npm run perf'])
})

test.each(['ci', 'release'])('the workflow %s of this repository is YAML with jobs', (name) => {
  expect(Object.keys((parse(read(`.github/workflows/${name}.yml`)) as { jobs: object }).jobs)).toHaveLength(1)
})
