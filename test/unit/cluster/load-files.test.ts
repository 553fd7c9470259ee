import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { unpackedPlan } from '../../../src/cluster/load-files.ts'
import type { HttpScenarioPlan, MixScenarioPlan, ModuleScenarioPlan } from '../../../src/domain/scenario.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../../support/load-plan.ts'

const DATA = '/project/data/rows.csv'
const UPLOAD = '/project/other/rows.csv'
const BUNDLE = '/project/node_modules/.vitest-perf/scenario.mjs'

it('the files of a plan lie in a folder of their own, where the plan names them, and are removed with it', async () => {
  const http = httpScenario('http://127.0.0.1/', {
    data: { path: DATA, format: 'csv', rows: 1, digest: 'x' },
    upload: {
      kind: 'multipart',
      digest: '',
      parts: [{ name: 'a', text: null, path: UPLOAD, filename: null, type: null }],
    },
    headers: { kept: `${DATA}.bak` },
  })
  const module: ModuleScenarioPlan = {
    kind: 'module',
    name: 'm',
    source: 'file:///project/m.ts',
    params: { audio: UPLOAD },
    bundle: pathToFileURL(BUNDLE).href,
  }
  const scenario: MixScenarioPlan = {
    kind: 'mix',
    name: 'mix',
    parts: [http, module].map((plan) => ({ weight: 1, plan })),
  }
  const unpacked = await unpackedPlan(loadPlan(arrivals(1, SECOND), { scenario }), [
    { path: DATA, bytes: Buffer.from('a\n1') },
    { path: UPLOAD, bytes: Buffer.from('up') },
    { path: BUNDLE, bytes: Buffer.from('export default 1') },
  ])
  const [there, its] = (unpacked.plan.scenario as MixScenarioPlan).parts.map(({ plan }) => plan) as [
    HttpScenarioPlan,
    ModuleScenarioPlan,
  ]
  const data = there.data as { readonly path: string }
  const upload = (there.upload as { readonly parts: readonly { readonly path: string }[] }).parts[0]!.path
  expect([data.path, upload].map((path) => readFileSync(path, 'utf8'))).toEqual(['a\n1', 'up'])
  expect(readFileSync(fileURLToPath(its.bundle!), 'utf8')).toBe('export default 1')
  expect(its.params).toEqual({ audio: upload })
  expect(its.source).toBe('file:///project/m.ts')
  expect(there.headers).toEqual({ kept: `${DATA}.bak` })
  expect(data.path).toMatch(/\/rows\.csv$/)
  // They may hold secrets.
  expect(statSync(data.path).mode & 0o077).toBe(0)
  await unpacked.remove()
  expect(existsSync(dirname(dirname(data.path)))).toBe(false)
})

it('a plan without files is left as it is', async () => {
  const plan = loadPlan(arrivals(1, SECOND))
  const unpacked = await unpackedPlan(plan, [])
  expect(unpacked.plan).toBe(plan)
  await unpacked.remove()
})
