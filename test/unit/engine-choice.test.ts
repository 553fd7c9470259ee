import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { locust, type LocustOptions } from '../../src/engine-choice.ts'
import { LoadError } from '../../src/domain/load-error.ts'
import { isSupported } from '../../src/locust/managed-master.ts'
import { perfProjectOptions } from '../../src/perf-project-options.ts'

test.each<[LocustOptions, RegExp]>([
  [{ master: 'tcp://:x' }, /locust\(\{ master \}\): got 'tcp:\/\/:x', takes the address of a Locust master/],
  [{ minWorkers: 0 }, /option minWorkers: got 0, takes a number of workers from 1 on/],
  [{ waitFor: '5' as '5s' }, /option waitFor: got '5'/],
  [{ port: 70_000 }, /option port: got 70000, takes a port/],
  [{ secret: 'short' }, /locust\(\{ secret \}\): got 5 characters, takes a secret of at least 8/],
  [{ workers: 3 } as LocustOptions, /workers/],
])('locust(%o) is an error that names the option', (options, message) => {
  expect(() => locust(options)).toThrow(message)
})

test('the secret is in nothing that is printed', () => {
  const secret = 'correct horse battery'
  const choice = locust({ secret, minWorkers: 3 })
  expect(`${inspect(choice, { depth: 9, showHidden: true })}${JSON.stringify(choice)}`).not.toContain(secret)
  const refused = (): unknown => {
    try {
      return locust({ secret, minWorkers: -1 })
    } catch (error) {
      return error
    }
  }
  expect(refused()).toBeInstanceOf(LoadError)
  expect(inspect(refused())).not.toContain(secret)
})

test('a project takes an engine, and no rows of requests with one that is elsewhere', () => {
  expect(perfProjectOptions({}, {}).engine).toBe('local')
  expect(() => perfProjectOptions({ engine: 'remote' as 'local' }, {})).toThrow(
    /option engine: got 'remote', takes 'local' or locust\(options\)/,
  )
  expect(() => perfProjectOptions({ engine: locust(), outputs: { requests: true } }, {})).toThrow(
    /outputs.requests: got rows of requests with engine locust\(\)/,
  )
})

test.each([
  ['2.12', true],
  ['2.12.1', true],
  ['2.47.0.dev3', true],
  ['2.9.1', false],
  ['1.6', false],
  ['3.0', false],
])('Locust %s: %s', (version, fits) => {
  expect(isSupported(version)).toBe(fits)
})
