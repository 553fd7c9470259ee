import { describe, expect, test } from 'vitest'
import { defineScenario, RequestFailed, scenario, scenarioHooks } from '../../../src/scenarios/module.ts'

const HERE = new URL(import.meta.url)

describe('a scenario module', () => {
  test('is planned with a copy of its parameters', () => {
    const params = { users: ['a'], since: new Date(0) }
    const made = scenario(new URL('./module.test.ts', HERE), params)
    const plan = made.plan()
    expect(made.name).toBe('module.test')
    expect(plan).toEqual({
      kind: 'module',
      name: 'module.test',
      source: new URL('./module.test.ts', HERE).href,
      params,
      bundle: null,
    })
    expect((plan as { params: unknown }).params).not.toBe(params)
  })

  test.each([
    ['./x.scenario.ts', "source: got './x.scenario.ts', takes the file URL of a module"],
    ['https://h/x.ts', "source: got 'https://h/x.ts', takes the file URL"],
    [undefined, 'source: got undefined'],
    [new URL('./none.scenario.ts', HERE), 'source: no such file: '],
    [new URL('.', HERE), 'source: no such file: '],
  ])('at %s is refused', (source, message) => {
    expect(() => scenario(source as string)).toThrow(message)
  })

  test.each<[unknown, string]>([
    [() => 1, 'params: got a function'],
    [{ a: [{ onEnd: () => 1 }] }, 'params.a[0].onEnd: got a function'],
    [{ a: Symbol('s') }, 'params.a: got a symbol'],
    [{ a: new WeakMap() }, 'params cannot be copied'],
  ])('refuses parameters that cannot travel, saying where and why', (params, message) => {
    expect(() => scenario(HERE, params)).toThrow(`scenario(source, params): ${message}`)
    expect(() => scenario(HERE, params)).toThrow(
      /takes data that structuredClone can copy: the scenario runs in other processes/,
    )
  })

  test('a failed request is recognised across copies of the package', () => {
    const failure = { kind: 'check', detail: 'check', message: 'no cart' } as const
    const error = new RequestFailed(failure)
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('vitest-perf.RequestFailed'), { value: true })
    expect(error).toMatchObject({ name: 'RequestFailed', message: 'no cart', failure, response: null })
    expect(error instanceof RequestFailed && error instanceof Error).toBe(true)
    expect(foreign instanceof RequestFailed).toBe(true)
    expect((new Error('x') as unknown) instanceof RequestFailed).toBe(false)
    expect((null as unknown) instanceof RequestFailed).toBe(false)
  })

  test('defineScenario gives back the function', () => {
    const run = (): void => {}
    expect(defineScenario(run)).toBe(run)
    expect(scenarioHooks(run)).toEqual({})
    const hooks = { onStart: () => {}, cookies: false }
    expect(scenarioHooks(defineScenario(() => {}, hooks))).toBe(hooks)
  })

  test.each([
    [{ onStart: 'login' }, "defineScenario(run, hooks): option onStart: got 'login', takes a function"],
    [{ onstop: () => {} }, 'defineScenario(run, hooks): unknown option onstop'],
    [{ cookies: 1 }, 'option cookies: got 1, takes true or false'],
  ])('refuses hooks that are none: %j', (hooks, message) => {
    expect(() => defineScenario(() => {}, hooks as never)).toThrow(message)
  })
})
