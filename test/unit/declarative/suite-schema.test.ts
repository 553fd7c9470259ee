import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MATCHERS } from '../../../src/matchers/register.ts'
import { KINDS } from '../../../src/spec/suite-scenarios.ts'

test('the JSON Schema of suites knows every matcher and every kind of scenario, and no other', () => {
  const { properties } = JSON.parse(
    readFileSync(new URL('../../../src/declarative/suite.schema.json', import.meta.url), 'utf8'),
  )
  const tests = properties.tests.additionalProperties.properties
  expect(Object.keys(tests.expect.properties).sort()).toEqual(Object.keys(MATCHERS).sort())
  expect(Object.keys(properties.scenarios.additionalProperties.properties).sort()).toEqual([...KINDS].sort())
})
