import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import type { ScenarioPlan } from '../../../src/domain/scenario.ts'
import { planFiles } from '../../../src/locust/plan-files.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../../support/load-plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'plan-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string): string {
  const path = join(folder, name)
  writeFileSync(path, name)
  return path
}

const planOf = (scenario: ScenarioPlan): LoadPlan => loadPlan(arrivals(1, SECOND), { scenario })
const taken = async (scenario: ScenarioPlan): Promise<string[]> =>
  (await planFiles(planOf(scenario))).map(({ bytes }) => Buffer.from(bytes).toString()).sort()

test('the bundle of a scenario module travels, each file once', async () => {
  const module = {
    kind: 'module',
    name: 'm',
    source: 'file:///m.ts',
    params: null,
    bundle: pathToFileURL(file('bundle')).href,
  } as const
  const mix = { kind: 'mix', name: 'mix', parts: [1, 2].map((weight) => ({ weight, plan: module })) } as const
  expect(await taken(mix)).toEqual(['bundle'])
})

test('rows of data and uploads travel, also those that a row of a list names', async () => {
  const data = { path: file('rows'), format: 'csv', rows: 1, digest: '' } as const
  expect(await taken(httpScenario('http://x/', { data }))).toEqual(['rows'])
  const upload = {
    kind: 'multipart',
    digest: '',
    parts: [
      { name: 'a', text: null, path: file('part'), filename: null, type: null },
      { name: 'b', text: null, path: '{{image}}', filename: null, type: null },
    ],
  } as const
  const rows = [{ image: file('image') }, { image: 'no path', text: '/not/there' }]
  expect(await taken(httpScenario('http://x/', { upload, data: rows, templated: true }))).toEqual(['image', 'part'])
})

test('a file that cannot be read, and one that only a row of a file names, are errors', async () => {
  const gone = { kind: 'file', path: join(folder, 'gone'), digest: '' } as const
  await expect(taken(httpScenario('http://x/', { upload: gone }))).rejects.toThrow(
    /cannot read a file that workers need: ENOENT/,
  )
  const byRow = { ...gone, path: '{{image}}' }
  const data = { path: file('rows'), format: 'csv', rows: 1, digest: '' } as const
  await expect(taken(httpScenario('http://x/', { upload: byRow, data, templated: true }))).rejects.toThrow(
    /files that the rows of .*rows name do not travel to workers/,
  )
})
