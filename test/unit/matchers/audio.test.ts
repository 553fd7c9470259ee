import { expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import { measured, series, spread } from '../../support/measurement-builder.ts'

const hundred = (value: number): number[] => Array<number>(100).fill(value)
const spoken = (good = 100, changes: Parameters<typeof series>[0] = {}) => {
  const data = series({
    latencies: spread(good, 90_000, 110_000),
    distributions: {
      inputChars: hundred(50),
      audioDuration: hundred(2_000_000),
      realTimeFactor: spread(100, 4500, 5500),
      timeToFirstAudio: spread(100, 20_000, 30_000),
      stutter: [...Array<number>(97).fill(0), 200_000, 200_000, 200_000],
      wordErrors: [...Array<number>(90).fill(0), ...Array<number>(10).fill(2)],
      referenceWords: hundred(10),
    },
    ...changes,
  })
  return measured({ series: { ...data, events: { ...data.events, inputChars: 5000, audioUs: 200e6 } } })
}

test('numbers of audio are judged in their own units', () => {
  const { run, records } = spoken()
  expect(run).toHaveRealTimeFactorBelow(0.06)
  expect(run).toHaveTimeToFirstAudioBelow('35ms')
  expect(run).toHaveStutterBelow('10ms', { percentile: 90 })
  expect(run).toSustainCharsPerSecond(80)
  expect(run).toHaveWordErrorRateBelow('5%')
  expect(records.map(({ claim }) => claim)).toEqual([
    'p95 real-time factor below 0.06',
    'p95 time to first audio below 35 ms',
    'p90 stutter below 10 ms',
    'load sustaining 80 characters/s',
    'word error rate below 5 %',
  ])
  expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass'])
  expect(records[0]!.measured).toMatch(/^0\.0545 \[0\.0\d+, 0\.055\], n = 100$/)
  expect(records[4]!.measured).toBe('2 %, 20 of 1,000 words in 100 transcripts')
  expect([run.charactersPerSecond, run.audioSecondsPerSecond, run.wordErrorRate]).toEqual([5000 / 60, 200 / 60, 0.02])
})

test('what is over its limit fails, what straddles it passes weakly', () => {
  const { run, records } = spoken()
  expect(() => expect(run).toHaveRealTimeFactorBelow(0.05)).toThrow(/measured: 0\.0545/)
  expect(() => expect(run).toHaveStutterBelow('10ms', { percentile: 99 })).toThrow('200 ms')
  expect(() => expect(run).toSustainCharsPerSecond(84)).toThrow('83.3/s')
  expect(run).toHaveWordErrorRateBelow('2.1%')
  expect(records.at(-1)!.verdict).toBe('weak')
})

test('requests without an answer are infinitely slow and wholly wrong', () => {
  const { run } = spoken(100, { outcomes: { failedByKind: { timeout: 25 } } })
  expect(() => expect(run).toHaveRealTimeFactorBelow(100)).toThrow('∞')
  expect(() => expect(run).toHaveStutterBelow('1h')).toThrow('∞')
  expect(() => expect(run).toHaveWordErrorRateBelow('20%')).toThrow('25 requests have none and count as wholly wrong')
})

test('what was not measured passes nothing, negated or not', () => {
  const { run } = measured()
  expect(() => expect(run).toHaveRealTimeFactorBelow(1)).toThrow(/cannot judge.*no real-time factor was measured/s)
  expect(() => expect(run).not.toHaveRealTimeFactorBelow(1)).toThrow('cannot judge')
  expect(() => expect(run).toHaveStutterBelow('1s')).toThrow('cannot judge')
  expect(() => expect(run).toHaveTimeToFirstAudioBelow('1s')).toThrow('cannot judge')
  expect(() => expect(run).not.toSustainCharsPerSecond(1)).toThrow('cannot judge')
  expect(() => expect(run).toHaveWordErrorRateBelow('99%')).toThrow('no transcript was compared')
  expect(run.wordErrorRate).toBeNull()
})

test.each([0, -1, Number.NaN, '0.3'])('a real-time factor of %j is refused', (ratio) => {
  expect(() => expect(spoken().run).toHaveRealTimeFactorBelow(ratio as number)).toThrow('takes a number above 0')
})
