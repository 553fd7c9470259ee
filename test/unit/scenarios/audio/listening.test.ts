import { describe, expect, test } from 'vitest'
import { Playback } from '../../../../src/scenarios/audio/playback.ts'
import { ToneWatch } from '../../../../src/scenarios/audio/tone-watch.ts'
import { wordErrors, wordsOf } from '../../../../src/scenarios/audio/word-errors.ts'
import { tone, voice, wav } from '../../../support/audio-bytes.ts'

const MS = 1000

describe('a player', () => {
  const play = (arrivals: readonly (readonly [atMs: number, audioMs: number])[]): number => {
    const playback = new Playback()
    for (const [at, audio] of arrivals) playback.arrived(at * MS, audio * MS)
    return playback.stutterUs / MS
  }

  test.each([
    [
      'plays through what comes faster than it sounds',
      [
        [100, 200],
        [150, 400],
        [390, 600],
      ],
      0,
    ],
    [
      'stands still until what is late has come',
      [
        [0, 100],
        [250, 200],
      ],
      150,
    ],
    [
      'adds up its pauses, and plays on from each',
      [
        [0, 100],
        [150, 200],
        [350, 300],
      ],
      150,
    ],
    [
      'does not count pauses that nobody hears',
      [
        [0, 100],
        [105, 200],
        [212, 300],
      ],
      0,
    ],
    ['waits for nothing after the end', [[0, 100]], 0],
    [
      'is not helped by bytes that bring no sound',
      [
        [0, 100],
        [90, 100],
        [180, 200],
      ],
      80,
    ],
  ] as const)('%s', (_, arrivals, stutter) => {
    expect(play(arrivals)).toBe(stutter)
  })
})

describe('the watch for tones', () => {
  const hear = (samples: readonly number[], rate: number, channels = 1, pieces = 7): ToneWatch => {
    const watch = new ToneWatch()
    const bytes = wav(channels === 1 ? samples : samples.flatMap((sample) => [sample, -sample / 3])).subarray(44)
    for (let at = 0; at < bytes.length; at += pieces) {
      watch.samples({ sampleRate: rate, channels, bitsPerSample: 16 }, Buffer.from(bytes.subarray(at, at + pieces)))
    }
    return watch
  }

  test.each([8000, 16_000, 24_000, 44_100, 48_000])('knows a sine at %i Hz from a voice', (rate) => {
    expect(hear(tone(0.5, rate), rate).verdict).toBe('tone')
    expect(hear(tone(0.5, rate, 400), rate, 2).verdict).toBe('tone')
    expect(hear(voice(0.5, rate), rate).verdict).toBe('sound')
    expect(hear(voice(0.5, rate), rate, 2).verdict).toBe('sound')
  })

  test('knows silence, and does not judge what it cannot read', () => {
    expect(hear(Array<number>(900).fill(0), 16_000).verdict).toBe('silence')
    expect(hear([], 16_000).verdict).toBeNull()
    const watch = new ToneWatch()
    watch.samples({ sampleRate: 8000, channels: 1, bitsPerSample: 24 }, Buffer.alloc(900))
    expect(watch.verdict).toBeNull()
  })

  test('says the same whatever the pieces are', () => {
    const [one, many] = [hear(voice(0.1), 16_000, 1, 1e6), hear(voice(0.1), 16_000, 1, 1)]
    expect(many.unexplained).toBe(one.unexplained)
  })
})

describe('word errors', () => {
  test.each([
    ['Hello, World!', 'hello world', 0, 2],
    ["don't  stop", 'DON’T STOP', 0, 2],
    ['go forward ten meters', 'go forward meters', 1, 4],
    ['go forward ten meters', 'please go forward then meters', 2, 4],
    ['a b c d', '', 4, 4],
    ['a b c d', 'x y z w', 4, 4],
    ['one', 'one two three', 2, 1],
    ['今天天气很好。', '今天天气好', 1, 6],
    ['用 GPT-4 说话', '用gpt 4说话', 0, 5],
    ['ｈｅｌｌｏ', 'hello', 0, 1],
    ['', '', 0, 0],
  ])('between %j and %j are %i of %i', (reference, heard, errors, words) => {
    expect(wordsOf(reference)).toHaveLength(words)
    expect(wordErrors(wordsOf(reference), wordsOf(heard))).toBe(errors)
  })
})
