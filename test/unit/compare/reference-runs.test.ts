import { describe, expect, test } from 'vitest'
import { compareWithReference } from '../../../src/compare/compare.ts'
import { referenceRuns } from '../../../src/compare/reference-runs.ts'
import { baseline, fingerprint, metricsAt, point, reference } from './builders.ts'

const run = (k: number) => point(k, metricsAt(1000 + k))
const p50s = (of: ReturnType<typeof referenceRuns>): (number | undefined)[] | undefined =>
  of?.runs.map((metrics) => metrics['latency.p50']?.value)

describe('without a baseline', () => {
  test('the last twenty passed runs count', () => {
    const history = Array.from({ length: 25 }, (_, k) => run(k))
    const found = referenceRuns(reference({ history }))
    expect([p50s(found)![0], found?.runs.length, found?.against]).toEqual([1005, 20, 'the last 20 runs'])
  })

  test('but none before the last change of level', () => {
    const history = Array.from({ length: 18 }, (_, k) => point(k, metricsAt((k < 12 ? 1000 : 1300) + (k % 3))))
    expect(p50s(referenceRuns(reference({ history })))).toEqual([1300, 1301, 1302, 1300, 1301, 1302])
  })

  test.each(['failed', 'invalid', 'aborted'] as const)('a run that %s does not', (status) => {
    expect(p50s(referenceRuns(reference({ history: [run(0), { ...run(1), status }] })))).toEqual([1000])
    expect(referenceRuns(reference({ history: [{ ...run(1), status }] }))).toBeNull()
  })

  test('nor does one of another environment', () => {
    expect(referenceRuns(reference({ history: [{ ...run(0), hardHash: 'there' }] }))).toBeNull()
  })
})

describe('with a baseline', () => {
  test('a provisional one is completed by what passed after it, up to five', () => {
    const history = [0, 1, 2, 3, 4, 5, 6, 7].map(run)
    const found = referenceRuns(reference({ history, baseline: baseline([run(1), run(2)]) }))
    expect(p50s(found)).toEqual([1001, 1002, 1003, 1004, 1005])
    expect(found?.against).toBe('baseline "default" (2 runs) and the 3 runs after it')
    expect(found?.notes).toEqual([])
  })

  test('a complete one stands alone', () => {
    const own = [0, 1, 2, 3, 4].map(run)
    expect(p50s(referenceRuns(reference({ history: [...own, run(5)], baseline: baseline(own) })))).toHaveLength(5)
  })

  test('soft differences of the environment are told', () => {
    const found = referenceRuns(
      reference({ baseline: baseline([run(0)], { fingerprint: fingerprint('here', { soft: { kernel: '6.0' } }) }) }),
    )
    expect(found?.notes).toContain('the environment differs a little: kernel was 6.0, is 6.1')
  })
})

describe('nothing comparable', () => {
  const notes = (of: Parameters<typeof compareWithReference>[1]): readonly string[] => {
    const { verdict, notes: said } = compareWithReference(metricsAt(1000), of)
    expect(verdict).toBe('INCOMPARABLE')
    return said
  }

  test('a baseline of another environment: which fields differ', () => {
    const other = baseline([run(0)], { fingerprint: fingerprint('there', { hard: { cpu: 'B', cores: 2, gpu: 'L4' } }) })
    expect(notes(reference({ otherBaseline: other }))).toEqual([
      'baseline "default" is of another environment: cpu was B, is A, gpu was L4, is n/a',
    ])
  })

  test('a baseline of another workload', () => {
    const other = baseline([run(0)], { fingerprint: fingerprint('there') })
    expect(notes(reference({ baseline: other }))).toEqual([
      'baseline "default" is of another workload: profile, prompts or parameters have changed',
    ])
  })

  test('a history of other environments, and one of failures', () => {
    expect(notes(reference({ history: [{ ...run(0), hardHash: 'there' }] }))).toEqual([
      '1 run in history, of other environments or workloads',
    ])
    expect(notes(reference({ history: [{ ...run(0), status: 'failed' }] }))).toEqual([
      'none of the 1 earlier runs of this environment and workload passed',
    ])
  })
})
