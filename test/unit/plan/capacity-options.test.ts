import { expect, test } from 'vitest'
import { capacityQuestion } from '../../../src/plan/capacity-options.ts'

const valid = { from: 5, to: 200, until: { p99: '500ms' } }

test('resolves what is given and fills in the rest', () => {
  expect(
    capacityQuestion({ ...valid, until: { p99: '500ms', p50: 20, ttft: { p95: '400ms' }, errorRate: '1%' } }),
  ).toEqual({
    by: 'rate',
    from: 5,
    to: 200,
    limits: {
      percentiles: [
        { metric: 'latency', p: 50, limitUs: 20_000 },
        { metric: 'latency', p: 99, limitUs: 500_000 },
        { metric: 'ttft', p: 95, limitUs: 400_000 },
      ],
      errorRate: 0.01,
      goodFraction: null,
    },
    precision: 0.05,
    trialUs: 5e6,
    warmupUs: 1e6,
    settleUs: 30e6,
    confirm: 3,
    maxTrials: 50,
    maxDurationUs: Infinity,
    arrivals: 'uniform',
    seed: 1,
    label: 'capacity',
    passedOn: {},
  })
})

test('hands the options of every load on', () => {
  const { passedOn } = capacityQuestion({
    ...valid,
    generators: 2,
    maxUsers: 50,
    onInvalid: 'warn',
    slo: { latency: '1s' },
  })
  expect(passedOn).toEqual({ generators: 2, maxUsers: 50, onInvalid: 'warn', slo: { latency: '1s' } })
  expect(capacityQuestion({ ...valid, by: 'users', thinkTime: '1s' }).passedOn).toEqual({ thinkTime: '1s' })
})

test.each([
  [undefined, /the options: got undefined, takes/],
  [{ from: 5, to: 200 }, /option until: got undefined, takes limits such as \{ p99: '500ms'/],
  [{ ...valid, until: {} }, /option until: got \{\}, takes limits such as/],
  [{ ...valid, until: { p97: '1s' } }, /unknown option until\.p97: got '1s'/],
  [{ ...valid, until: { ttft: { p12: '1s' } } }, /unknown option until\.ttft\.p12/],
  [{ ...valid, until: { ttft: '1s' } }, /option until\.ttft: got '1s', takes/],
  [{ ...valid, until: { p99: 'soon' } }, /option until\.p99: got 'soon', takes a duration such as/],
  [{ ...valid, until: { errorRate: '200%' } }, /option until\.errorRate: got '200%', takes a share/],
  [{ ...valid, until: { goodFraction: '99%' } }, /option until\.goodFraction: needs the option slo/],
  [{ ...valid, from: 200 }, /options from and to: got 200 and 200, takes a `from` below `to`/],
  [{ ...valid, from: 0 }, /option from: got 0, takes a number over 0/],
  [{ ...valid, to: undefined }, /option to: got undefined, takes a number over 0/],
  [{ ...valid, precision: 1.5 }, /option precision: got 1\.5, takes a share such as '1%' .*, over 0 and under 100 %/],
  [{ ...valid, precision: 0 }, /option precision: got 0, takes a share/],
  [{ ...valid, confirm: 0 }, /option confirm: got 0, takes a whole number from 1/],
  [{ ...valid, maxTrials: 0.5 }, /option maxTrials: got 0\.5, takes a whole number/],
  [{ ...valid, trial: 0 }, /option trial: got 0, takes a duration .*, over 0/],
  [{ ...valid, by: 'rps' }, /option by: got 'rps', takes 'rate' or 'users'/],
  [{ ...valid, by: 'users', from: 1.5 }, /option from: got 1\.5, takes a whole number of users/],
  [
    { ...valid, by: 'users', arrivals: 'poisson' },
    /option arrivals: got 'poisson', takes nothing where levels are users/,
  ],
  [{ ...valid, thinkTime: '1s' }, /option thinkTime: got '1s', takes nothing where levels are rates/],
  [{ ...valid, arrivals: 'bursty' }, /option arrivals: got 'bursty', takes 'uniform' or 'poisson'/],
  [{ ...valid, rate: 5 }, /unknown option rate: got 5\n {2}hint: options here are .*from.*until/],
])('refuses %j', (options, message) => {
  expect(() => capacityQuestion(options)).toThrow(message)
})
