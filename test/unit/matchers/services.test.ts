import { describe, expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import { attachContext } from '../../../src/matchers/context.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { ServicesMeasurement } from '../../../src/measure/services-measurement.ts'
import type { MeasurementData } from '../../../src/domain/measurement.ts'
import type { ExpectationRecord } from '../../../src/domain/verdict.ts'
import { INVALID, measurementData, plan, reference, series, spread } from '../../support/measurement-builder.ts'

const FAST = series({ latencies: spread(600, 50_000, 110_000) })
const SLOW = series({ latencies: spread(600, 500_000, 900_000) })

function several(services: Readonly<Record<string, Partial<MeasurementData>>>): {
  run: ServicesMeasurement
  records: Record<string, ExpectationRecord[]>
} {
  const records: Record<string, ExpectationRecord[]> = {}
  const runs = Object.entries(services).map(([name, parts]) => {
    const run = new Measurement(measurementData({ plan: plan({ label: name }), ...parts }))
    attachContext(run, { reference: reference(), record: (record) => (records[name] ??= []).push(record) })
    return [name, run] as const
  })
  return { run: new ServicesMeasurement(Object.fromEntries(runs)), records }
}

describe('a claim about a load of several services', () => {
  test('holds when it holds for every one, and every one has its verdict', () => {
    const { run, records } = several({ llm: { series: FAST }, tts: { series: FAST } })
    expect(run).toHaveP99Below('200ms')
    expect(run).toHaveErrorRateBelow('5%')
    expect(records['llm']!.map(({ verdict }) => verdict)).toEqual(['pass', 'pass'])
    expect(records['tts']!.map(({ verdict }) => verdict)).toEqual(['pass', 'pass'])
  })

  test('names the service that breaks it', () => {
    const { run, records } = several({ llm: { series: FAST }, tts: { series: SLOW } })
    expect(() => expect(run).toHaveP99Below('200ms')).toThrow(
      /^service tts: expected p99 latency below 200 ms\n {2}measured: 8/,
    )
    expect(records['llm']![0]!.verdict).toBe('pass')
    expect(records['tts']![0]!.verdict).toBe('fail')
  })

  test('is denied only when it is false for every one: one slow service does not make .not pass', () => {
    const mixed = several({ llm: { series: FAST }, tts: { series: SLOW } })
    expect(() => expect(mixed.run).not.toHaveP99Below('200ms')).toThrow(
      /^service llm: expected p99 latency not below 200 ms/,
    )
    expect(several({ llm: { series: SLOW }, tts: { series: SLOW } }).run).not.toHaveP99Below('200ms')
  })

  test.each<readonly [string, (run: ServicesMeasurement) => void]>([
    ['as it is', (run) => expect(run).toHaveP99Below('200ms')],
    ['negated', (run) => expect(run).not.toHaveP99Below('10ms')],
  ])('that cannot be judged of one throws, %s', (_, claim) => {
    const { run, records } = several({ llm: { series: FAST }, tts: { series: FAST, validity: INVALID } })
    expect(() => claim(run)).toThrow(/service tts: cannot judge: p99 latency .*pacer lag/)
    expect(records['tts']![0]!.verdict).toBe('invalid')
    const untimed = several({ llm: { series: FAST }, tts: { series: FAST } }).run
    expect(() => expect(untimed).toHaveTtftBelow('1s')).toThrow(
      /service llm: cannot judge: p95 TTFT[^]*service tts: cannot judge/,
    )
  })

  test('is weak where one service has too little data, and fails where its profile says so', () => {
    const few = series({ latencies: spread(50, 1_000, 2_000) })
    const { run, records } = several({ llm: { series: FAST }, tts: { series: few } })
    expect(run).toHaveP99Below('200ms')
    expect(records['tts']![0]!.verdict).toBe('weak')
    const strict = several({
      llm: { series: FAST },
      tts: { series: few, plan: plan({ onInconclusive: 'fail' }) },
    })
    expect(() => expect(strict.run).toHaveP99Below('200ms')).toThrow(/^service tts: /)
  })

  test('compares each service with its own history', () => {
    const { run, records } = several({ llm: { series: FAST }, tts: { series: FAST } })
    expect(run).toNotRegress()
    expect([records['llm']![0]!.comparison, records['tts']![0]!.comparison]).toEqual(['INCOMPARABLE', 'INCOMPARABLE'])
  })

  test('is refused where a number for all would be read as their sum', () => {
    const { run } = several({ llm: { series: FAST }, tts: { series: FAST } })
    const one = run.scenario('llm')
    for (const claim of [
      () => expect(run).toSustainQps(5),
      () => expect(run).not.toSustainQps(1e6),
      () => expect(run).toSustainTokensPerSecond(5),
      () => expect(run).toHaveGoodputAbove(5),
      () => expect(run).toBeFasterThan(one),
      () => expect(one).toBeFasterThan(run as never),
    ]) {
      expect(claim).toThrow(
        /got a load of several services, takes one of them\n {2}hint: expect\(run.scenario\('llm'\)\)/,
      )
    }
    expect(one).toSustainQps(10)
  })

  test('has its arguments checked as ever', () => {
    const { run } = several({ llm: { series: FAST } })
    expect(() => expect(run).toHaveP99Below('fast' as never)).toThrow(/^toHaveP99Below\(limit\): got 'fast'/)
  })
})

describe('a load of several services', () => {
  const { run } = several({ llm: { series: FAST }, tts: { series: FAST, validity: INVALID } })

  test('gives each service as a load of its own', () => {
    expect(run.services).toEqual(['llm', 'tts'])
    expect(run.scenario('llm')).toBeInstanceOf(Measurement)
    expect(run.scenario('llm').step(0).qps).toBeGreaterThan(0)
    expect(() => run.scenario('asr')).toThrow(/scenario\('asr'\): this load has the services 'llm', 'tts'/)
  })

  test('has no numbers of its own and says where they are', () => {
    for (const key of ['qps', 'latency', 'errorRate', 'series']) {
      expect(() => Reflect.get(run, key) as unknown).toThrow(`hint: take that of a service: run.scenario('llm').${key}`)
    }
    expect(() => run.step(0)).toThrow(/run.step\(0\)/)
    expect(() => run.stage('queue')).toThrow(/run.stage\('queue'\)/)
  })

  test('is as valid as its worst service, and shows all in JSON', () => {
    expect(run.validity).toMatchObject({ state: 'invalid', findings: [{ message: expect.stringMatching(/^tts: /) }] })
    const json = JSON.parse(JSON.stringify(run)) as Record<string, Record<string, { schema: string }>>
    expect(json).toMatchObject({ schema: 'perf/services@1', validity: { state: 'invalid' } })
    expect(json['services']!['llm']!.schema).toBe('perf/measurement@1')
  })
})
