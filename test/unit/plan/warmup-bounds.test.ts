import { expect, test } from 'vitest'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { warmupBounds } from '../../../src/plan/warmup-bounds.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { httpScenario } from '../../support/load-plan.ts'

const bounds = (options: object): ReturnType<typeof warmupBounds> =>
  warmupBounds(
    resolveLoad(
      httpScenario('http://127.0.0.1:1/'),
      { ...options, warmup: 'auto' },
      {
        id: 'x',
        label: '',
        defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
        readRows: readRowFile,
      },
    ),
  )

test.each([
  ['a rate', { rate: 10, duration: '60s' }, { fromUs: 0, longestUs: 20e6, mostRequests: null }],
  [
    'steps, without the ramps between them',
    {
      steps: [
        { rate: 10, duration: '20s' },
        { rate: 20, duration: '10s', ramp: '30s' },
      ],
    },
    { fromUs: 0, longestUs: 10e6, mostRequests: null },
  ],
  [
    'users, after they have all come',
    { users: 10, spawnRate: 2, duration: '30s', cooldown: '30s' },
    { fromUs: 5e6, longestUs: 10e6, mostRequests: null },
  ],
  [
    'iterations, by count and by time',
    { users: 3, iterations: 900, maxDuration: '90s' },
    { fromUs: 0, longestUs: 30e6, mostRequests: 300 },
  ],
  [
    'iterations of each user',
    { users: 3, iterationsPerUser: 100, maxDuration: '90s' },
    { fromUs: 0, longestUs: 30e6, mostRequests: 100 },
  ],
])('an automatic warm-up may take a third of %s', (_name, options, expected) => {
  expect(bounds(options)).toEqual(expected)
})
