import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CLUSTER_PROTOCOL, MESSAGE } from '../../../src/cluster/control-messages.ts'

const LOCUSTFILE = readFileSync(new URL('../../../src/cluster/locustfile.py', import.meta.url), 'utf8')

it('the locustfile speaks the same protocol as the workers and the pool', () => {
  const constants = new Map([...LOCUSTFILE.matchAll(/^([A-Z_]+) = (.+)$/gm)].map(([, name, value]) => [name, value]))
  expect(constants.get('PROTOCOL')).toBe(String(CLUSTER_PROTOCOL))
  for (const [name, type] of Object.entries(MESSAGE)) expect(constants.get(name.toUpperCase())).toBe(`"${type}"`)
})
