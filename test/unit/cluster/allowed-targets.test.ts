import { describe, expect, it } from 'vitest'
import { allowedTargets, forbiddenTarget, isAllowed } from '../../../src/cluster/allowed-targets.ts'
import type { ScenarioPlan } from '../../../src/domain/scenario.ts'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../../support/load-plan.ts'

const plan = (scenario: ScenarioPlan) => loadPlan(arrivals(1, SECOND), { scenario })
const ALLOWED = allowedTargets('api.test:8000, Other.test ,[::1]:80')

describe('the list of allowed targets', () => {
  it('holds hosts with and without a port, in any case', () => {
    expect(ALLOWED).toEqual([
      { host: 'api.test', port: 8000 },
      { host: 'other.test', port: null },
      { host: '::1', port: 80 },
    ])
    expect(isAllowed(ALLOWED, 'API.test', 8000)).toBe(true)
    expect(isAllowed(ALLOWED, 'api.test', 80)).toBe(false)
    expect(isAllowed(ALLOWED, 'other.test', 1)).toBe(true)
    expect(isAllowed(ALLOWED, '[::1]', 80)).toBe(true)
    expect(isAllowed(ALLOWED, 'x.other.test', 1)).toBe(false)
  })

  it.each(['', 'a b', 'http://api.test', 'api.test:0', 'api.test:65536', 'api.test:x', 'a,,b', 'api.test/x'])(
    'says what it takes instead of %j',
    (list) => {
      expect(() => allowedTargets(list)).toThrow(/option --allow-target: got '.*', takes hosts with or without a port/)
    },
  )
})

describe('a plan on a worker with a list', () => {
  it('passes when all its targets are on it', () => {
    expect(forbiddenTarget(plan(httpScenario('http://api.test:8000/v1?x=http://evil.test')), ALLOWED)).toBeNull()
    expect(forbiddenTarget(plan(httpScenario('https://other.test/{{path}}', { templated: true })), ALLOWED)).toBeNull()
    expect(forbiddenTarget(plan(httpScenario('http://[::1]/')), ALLOWED)).toBeNull()
  })

  it('is declined for a host, a port, and for one part of a mix', () => {
    const text = (scenario: ScenarioPlan): string | null => forbiddenTarget(plan(scenario), ALLOWED)
    expect(text(httpScenario('http://evil.test/'))).toMatch(/scenario 'get': target evil\.test:80 is not on/)
    expect(text(httpScenario('https://api.test/'))).toMatch(/target api\.test:443/)
    expect(text(httpScenario('http://api.test:8000@evil.test/'))).toMatch(/target evil\.test:80/)
    const parts = ['http://api.test:8000/', 'http://evil.test/'].map((url) => ({ weight: 1, plan: httpScenario(url) }))
    expect(text({ kind: 'mix', name: 'mix', parts })).toMatch(/evil\.test/)
  })

  it('is declined for its proxy, and for what only a proxy would see', () => {
    const through = (host: string, changes = {}): string | null =>
      forbiddenTarget(
        plan(
          httpScenario('http://api.test:8000/', {
            transport: { ...PLAIN_TRANSPORT, proxy: { host, port: 3128, authorization: null } },
            ...changes,
          }),
        ),
        ALLOWED,
      )
    expect(through('other.test')).toBeNull()
    expect(through('proxy.test')).toMatch(/target proxy\.test:3128/)
    expect(through('other.test', { maxRedirects: 1 })).toMatch(/behind a proxy/)
    expect(through('other.test', { url: 'http://{{host}}/', templated: true })).toMatch(/behind a proxy/)
  })

  it('is declined for a unix socket', () => {
    const transport = { ...PLAIN_TRANSPORT, socketPath: '/run/api.sock' }
    expect(forbiddenTarget(plan(httpScenario('http://api.test:8000/', { transport })), ALLOWED)).toMatch(/unix socket/)
  })

  it('is left to the guard where it says no target beforehand', () => {
    expect(forbiddenTarget(plan(httpScenario('http://{{host}}/', { templated: true })), ALLOWED)).toBeNull()
    const module = { kind: 'module', name: 'm', source: 'file:///m.ts', params: null, bundle: null } as const
    expect(forbiddenTarget(plan(module), ALLOWED)).toBeNull()
  })
})
