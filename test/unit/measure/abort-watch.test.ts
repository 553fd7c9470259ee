import { describe, expect, test } from 'vitest'
import { AbortWatch, type PlannedSecond } from '../../../src/measure/abort-watch.ts'
import type { AbortRule } from '../../../src/domain/abort-rule.ts'
import { liveSecond } from '../../support/live-second.ts'

interface Shape {
  readonly good?: number
  readonly latencyUs?: number
  readonly failed?: Partial<Record<'http' | 'connection' | 'timeout', number>>
  readonly dropped?: number
  readonly bytes?: number
  readonly backlog?: number
  readonly inWarmup?: boolean
  readonly level?: number
}

/** Feeds a rule seconds of a shape; @returns after how many seconds it was broken, with its words, or `null` */
function brokenAfter(
  rule: AbortRule,
  shape: (second: number) => Shape,
  seconds = 60,
): { seconds: number; words: string } | null {
  const watch = new AbortWatch([rule])
  for (let second = 0; second < seconds; second++) {
    const { good = 0, latencyUs = 20_000, failed = {}, dropped = 0, bytes, backlog = 0, ...plan } = shape(second)
    const planned: PlannedSecond = {
      ...liveSecond(second, Array.from<number>({ length: good }).fill(latencyUs), {
        outcomes: { failedByKind: failed, dropped },
        backlog,
        ...(bytes === undefined ? {} : { bytesReceived: bytes }),
      }),
      inWarmup: plan.inWarmup ?? false,
      level: plan.level ?? 100,
    }
    const words = watch.take(planned)
    if (words !== null) return { seconds: second + 1, words }
  }
  return null
}

const errors = (limit: number, seconds: number, inWarmup = true): AbortRule => ({
  kind: 'error-rate',
  limit,
  seconds,
  inWarmup,
})

describe('an error rate', () => {
  test('that lasts ends the load when it has lasted, with rule and figures', () => {
    const broken = brokenAfter(errors(0.2, 10), (second) => ({ good: 50, failed: second >= 20 ? { http: 50 } : {} }))
    expect(broken).toEqual({
      seconds: 30,
      words:
        "abort rule { errorRate: '20%', for: '10s' } after 30 s: error rate 50 % of 1000 requests in the last 10 s",
    })
  })

  test('of a short outage does not', () => {
    const outage = (second: number): Shape =>
      second === 20 || second === 21 ? { failed: { http: 100 } } : { good: 100 }
    expect(brokenAfter(errors(0.1, 10), outage)).toBeNull()
  })

  test('under the limit does not, however long', () => {
    expect(brokenAfter(errors(0.2, 5), () => ({ good: 81, failed: { timeout: 19 } }), 600)).toBeNull()
  })

  test('counts dropped arrivals', () => {
    expect(brokenAfter(errors(0.2, 5), () => ({ good: 50, dropped: 50 }))?.seconds).toBe(5)
  })

  test('of fewer than ten requests says nothing, of ten it does', () => {
    expect(brokenAfter(errors(0.2, 9), () => ({ failed: { http: 1 } }))).toBeNull()
    expect(brokenAfter(errors(0.2, 10), () => ({ failed: { http: 1 } }))?.seconds).toBe(10)
  })

  test('of few requests must exclude the limit', () => {
    // 4 of 12 is 33 %, but one in thirteen windows has that by chance at 20 %.
    expect(
      brokenAfter(errors(0.2, 12), (second) => (second % 3 === 0 ? { failed: { http: 1 } } : { good: 1 })),
    ).toBeNull()
  })

  test('counts from the start, warm-up included, unless the rule skips it', () => {
    const shape = (second: number): Shape => ({ failed: { http: 100 }, inWarmup: second < 20 })
    expect(brokenAfter(errors(0.2, 5), shape)?.seconds).toBe(5)
    const skipping = brokenAfter(errors(0.2, 5, false), shape)
    expect(skipping?.seconds).toBe(25)
    expect(skipping?.words).toContain("{ errorRate: '20%', for: '5s', skipWarmup: true }")
  })

  test('with a limit of nothing ends at lasting errors of any number', () => {
    expect(brokenAfter(errors(0, 5), () => ({ good: 99, failed: { http: 1 } }))?.seconds).toBe(5)
    expect(brokenAfter(errors(0, 5), () => ({ good: 100 }))).toBeNull()
  })
})

describe('a percentile', () => {
  const rule = (percent: number, limitUs: number): AbortRule => ({
    kind: 'percentile',
    percent,
    limitUs,
    seconds: 10,
    inWarmup: true,
  })

  test('at or over its limit ends the load with its value', () => {
    const broken = brokenAfter(rule(99, 5e6), (second) => ({ good: 100, latencyUs: second < 5 ? 20_000 : 6e6 }))
    expect(broken?.seconds).toBe(15)
    expect(broken?.words).toMatch(
      /^abort rule \{ p99: '5000ms', for: '10s' \} after 15 s: p99 latency 6000 ms, of 1000 requests in the last 10 s$/,
    )
  })

  test('ranks requests without a good answer as endless', () => {
    const broken = brokenAfter(rule(95, 5e6), () => ({ good: 90, failed: { timeout: 10 } }))
    expect(broken?.words).toMatch(/over 5 % had no good answer, which is where p95 stands, of 1000 requests/)
    expect(brokenAfter(rule(50, 5e6), () => ({ good: 90, failed: { timeout: 10 } }))).toBeNull()
  })

  test('under its limit does not', () => {
    expect(brokenAfter(rule(99, 5e6), () => ({ good: 1000, latencyUs: 4.9e6 }))).toBeNull()
  })
})

describe('a target', () => {
  const gone: AbortRule = { kind: 'target-gone', seconds: 5, inWarmup: true }

  test('that refuses is gone after the time', () => {
    const broken = brokenAfter(gone, (second) => (second < 10 ? { good: 20 } : { failed: { connection: 20 } }))
    expect(broken).toEqual({
      seconds: 15,
      words:
        "abort rule { targetGone: '5s' } after 15 s: for 5 s the target gave no answer; 100 requests failed to connect or timed out",
    })
  })

  test.each<[string, (second: number) => Shape]>([
    ['comes back in time', (second) => (second % 5 === 4 ? { good: 1 } : { failed: { connection: 20 } })],
    ['answers with errors', () => ({ failed: { http: 20 } })],
    ['times out but sends bytes', () => ({ failed: { timeout: 5 }, bytes: 400 })],
    ['is slow and has not answered yet', () => ({ backlog: 30 })],
    ['lost two requests of few', (second) => (second === 3 || second === 30 ? { failed: { timeout: 1 } } : {})],
  ])('that %s is not gone', (_name, shape) => {
    expect(brokenAfter(gone, shape)).toBeNull()
  })
})

describe('saturation', () => {
  const rule: AbortRule = { kind: 'saturation', seconds: 10, inWarmup: true }
  /** 100/s of which 80 are served: 20 more wait each second, and the last waits a quarter of a second longer. */
  const overload = (second: number): Shape => ({
    good: 80,
    backlog: 10 + 20 * second,
    latencyUs: 100_000 + 250_000 * second,
  })

  test('is seen when requests in flight and latency have risen over the window, with both', () => {
    expect(brokenAfter(rule, overload)).toEqual({
      seconds: 11,
      words:
        "abort rule { saturation: true, for: '10s' } after 11 s: in 10 s requests in flight and waiting rose from 10 to 210 and the median latency from 100 ms to 2600 ms",
    })
  })

  test.each<[string, (second: number) => Shape]>([
    ['the asked level rises', (second) => ({ ...overload(second), level: 100 + second })],
    ['latency alone rises', (second) => ({ ...overload(second), backlog: 50 })],
    ['requests in flight alone rise', (second) => ({ ...overload(second), latencyUs: 100_000 })],
    ['answers still become more', (second) => ({ ...overload(second), good: Math.round(40 * 1.06 ** second) })],
    ['requests are few', (second) => ({ good: 4, backlog: second, latencyUs: 100_000 * (1 + second) })],
    ['it stops rising', (second) => ({ ...overload(Math.min(second, 6)), good: second < 6 ? 80 : 100 })],
  ])('is not seen where %s', (_name, shape) => {
    expect(brokenAfter(rule, shape)).toBeNull()
  })

  test('is judged anew after a second without an answer', () => {
    expect(brokenAfter(rule, (second) => (second === 8 ? { backlog: 170 } : overload(second)))?.seconds).toBe(20)
  })
})
