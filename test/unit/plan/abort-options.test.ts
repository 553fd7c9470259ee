import { describe, expect, test } from 'vitest'
import { abortRuleText, type AbortRule } from '../../../src/domain/abort-rule.ts'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { httpScenario } from '../../support/load-plan.ts'

const rules = (abortOn: unknown): readonly AbortRule[] =>
  resolveLoad(
    httpScenario('http://127.0.0.1:1/'),
    { rate: 1, duration: '1s', abortOn },
    {
      id: 'x',
      label: '',
      defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
      readRows: readRowFile,
    },
  ).abortOn

test('a load has no abort rules unless it asks for them', () => {
  expect(rules(undefined)).toEqual([])
})

describe('an abort rule', () => {
  test.each([
    [
      { errorRate: '20%', for: '10s' },
      { kind: 'error-rate', limit: 0.2, seconds: 10, inWarmup: true },
    ],
    [{ errorRate: 0 }, { kind: 'error-rate', limit: 0, seconds: 10, inWarmup: true }],
    [
      { p99: '5s', for: '2.5s' },
      { kind: 'percentile', percent: 99, limitUs: 5e6, seconds: 3, inWarmup: true },
    ],
    [
      { p50: '50ms', for: '1m', skipWarmup: true },
      { kind: 'percentile', percent: 50, limitUs: 50_000, seconds: 60, inWarmup: false },
    ],
    [{ saturation: true }, { kind: 'saturation', seconds: 10, inWarmup: true }],
    [
      { targetGone: '5s', skipWarmup: false },
      { kind: 'target-gone', seconds: 5, inWarmup: true },
    ],
  ])('%j', (option, rule) => {
    expect(rules(option)).toEqual([rule])
    expect(rules([option, { targetGone: '1s' }])).toHaveLength(2)
  })

  test.each([
    [{ errorRate: '120%' }, /option abortOn.errorRate: got '120%', takes a share/],
    [{ errorRate: '20%', fro: '10s' }, /unknown option abortOn.fro: got '10s'/],
    [[{ errorRate: '20%' }, { p99: 'soon' }], /option abortOn\[1\].p99: got 'soon', takes a duration/],
    [{ p98: '5s' }, /option abortOn/],
    [{ saturation: true, for: '3s' }, /option abortOn.for: got '3s', takes at least '5s'/],
    [{ saturation: false }, /option abortOn.saturation: got false, takes true/],
    [{ targetGone: '5s', for: '5s' }, /unknown option abortOn.for/],
    [[], /option abortOn: got \[\], takes at least one rule/],
    ['errors', /option abortOn: got 'errors', takes a rule such as \{ errorRate: '20%', for: '10s' \}/],
  ])('is refused where it makes no sense: %j', (option, message) => {
    expect(() => rules(option)).toThrow(message)
  })

  test('is shown as it is written', () => {
    expect(rules([{ errorRate: 0.075 }, { p95: '250ms', for: '30s' }]).map(abortRuleText)).toEqual([
      "{ errorRate: '7.5%', for: '10s' }",
      "{ p95: '250ms', for: '30s' }",
    ])
  })
})
