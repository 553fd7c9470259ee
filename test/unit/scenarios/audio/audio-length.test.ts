import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PcmFormat } from '../../../../src/scenarios/audio/audio-meter.ts'
import { AudioLength } from '../../../../src/scenarios/audio/audio-length.ts'
import {
  chunk,
  id3,
  mp3Frame,
  oggPage,
  OPUS_TAGS,
  opusHead,
  opusPackets,
  riff,
  wav,
  wavFormat,
  xingFrame,
} from '../../../support/audio-bytes.ts'

interface Read {
  readonly container: string | null
  readonly audioUs: number | null
  readonly problem: string | null
  /** Bytes that had come when audio began; `null`: it never did. */
  readonly begunAt: number | null
}

function read(bytes: Buffer, pieces: readonly number[] = [bytes.length], pcm: PcmFormat | null = null): Read {
  const length = new AudioLength(pcm)
  let at = 0
  let begunAt: number | null = null
  for (const size of [...pieces, bytes.length]) {
    const piece = Buffer.from(bytes.subarray(at, at + size))
    at += piece.length
    length.push(piece)
    piece.fill(0xee)
    if (length.begun) begunAt ??= at
  }
  return { problem: length.end(), container: length.container, audioUs: length.audioUs, begunAt }
}

const samples = (n: number): Buffer => Buffer.alloc(n * 2, 3)
const format = chunk('fmt ', wavFormat(16_000))
const second = 1_000_000
const frames = (n: number): Buffer => Buffer.concat(Array.from({ length: n }, (_, i) => mp3Frame(0x55, i % 2)))
const FRAME_US = (1152 / 44_100) * second

const GOOD: readonly (readonly [name: string, bytes: Buffer, container: string, audioUs: number, begunAt: number])[] = [
  ['a WAV', wav(Array(1600).fill(5)), 'wav', 100_000, 45],
  [
    'a streamed WAV of unknown size',
    riff([format, chunk('data', samples(1600), 0xff_ff_ff_ff)], 0xff_ff_ff_ff),
    'wav',
    100_000,
    45,
  ],
  ['a streamed WAV of size 0', riff([format, chunk('data', samples(1600), 0)]), 'wav', 100_000, 45],
  [
    'a WAV with other chunks around',
    riff([chunk('LIST', Buffer.alloc(7)), format, chunk('data', samples(801)), chunk('LIST', samples(90))]),
    'wav',
    50_063,
    61,
  ],
  [
    'a stereo WAV of 24 bits',
    riff([chunk('fmt ', wavFormat(48_000, 2, 24)), chunk('data', Buffer.alloc(28_800))]),
    'wav',
    100_000,
    45,
  ],
  [
    'a WAV whose bytes per second are wrong',
    riff([chunk('fmt ', Buffer.concat([wavFormat(16_000).fill(0xff, 8, 12)])), chunk('data', samples(1600))]),
    'wav',
    100_000,
    45,
  ],
  [
    'a WAV of mu-law',
    riff([chunk('fmt ', wavFormat(8000, 1, 8, 7)), chunk('data', Buffer.alloc(800))]),
    'wav',
    100_000,
    45,
  ],
  ['an MP3', frames(10), 'mp3', Math.round(10 * FRAME_US), 417],
  [
    'an MP3 of variable bit rate with tags',
    Buffer.concat([id3(300), xingFrame(), mp3Frame(1, 0, 5), mp3Frame(1, 0, 14), Buffer.from(`TAG${'x'.repeat(125)}`)]),
    'mp3',
    Math.round(2 * FRAME_US),
    310 + 417 + 208,
  ],
  [
    'an MP3 with garbage between frames',
    Buffer.concat([frames(2), Buffer.from('garbage'), frames(3)]),
    'mp3',
    Math.round(5 * FRAME_US),
    417,
  ],
  [
    'Opus in Ogg',
    Buffer.concat([opusHead(312), OPUS_TAGS, oggPage(48_000n, opusPackets(50)), oggPage(72_312n, opusPackets(26), 4)]),
    'ogg',
    1.5 * second,
    2461,
  ],
  [
    'Opus of a stream that was joined later',
    Buffer.concat([
      opusHead(0),
      OPUS_TAGS,
      oggPage(4_848_000n, opusPackets(50)),
      oggPage(4_872_000n, opusPackets(25), 4),
    ]),
    'ogg',
    1.5 * second,
    2461,
  ],
]

describe.each(GOOD)('%s', (_, bytes, container, audioUs, begunAt) => {
  test('has its length, wherever the pieces end', () => {
    const whole = read(bytes)
    expect(whole).toMatchObject({ container, audioUs, problem: null })
    const step = Math.max(1, Math.floor(bytes.length / 2000))
    for (let at = 1; at < bytes.length; at += step) {
      expect(read(bytes, [at])).toMatchObject({ container, audioUs, problem: null })
    }
    // The heads of all containers, byte by byte.
    expect(read(bytes, Array<number>(Math.min(1200, bytes.length)).fill(1))).toMatchObject({ audioUs, problem: null })
  })

  test('begins after its header', () => {
    expect(read(bytes, Array<number>(bytes.length).fill(1)).begunAt).toBe(begunAt)
  })

  test('has the same length in random pieces', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 30 })
    fc.assert(
      fc.property(sizes, (pieces) => {
        expect(read(bytes, pieces)).toMatchObject({ audioUs, problem: null })
      }),
      { numRuns: 30 },
    )
  })
})

test('declared samples have the length of their bytes, unless they are a WAV', () => {
  const pcm = { sampleRate: 24_000, channels: 1, bitsPerSample: 16 }
  expect(read(samples(2400), [7], pcm)).toMatchObject({ container: 'pcm', audioUs: 100_000 })
  expect(read(wav(Array(1600).fill(1)), [7], pcm)).toMatchObject({ container: 'wav', audioUs: 100_000 })
  expect(read(Buffer.from([1, 2]), [1], pcm)).toMatchObject({ container: 'pcm', audioUs: 42 })
})

test.each([
  [
    'a WAV that ends early',
    wav(Array(100).fill(1)).subarray(0, 144),
    'its header promises 200 bytes of audio, 100 came',
  ],
  ['a WAV without a format', riff([chunk('data', samples(5))]), 'its audio comes before its format'],
  ['a WAV that stops in its head', wav([1]).subarray(0, 20), 'it ends before its format is told'],
  ['RIFF of another kind', chunk('RIFF', Buffer.from('AVI LIST')), 'it is RIFF, but no WAVE'],
  ['a tag without MP3', id3(20), 'it has no complete frame'],
  ['half a frame of MP3', mp3Frame().subarray(0, 200), 'it has no complete frame'],
  ['Vorbis in Ogg', oggPage(0n, [Buffer.from('\u0001vorbis-------------')]), 'only Opus is read in Ogg'],
  ['Opus without audio', Buffer.concat([opusHead(0), OPUS_TAGS]), 'it ends before its first page of audio'],
  ['a broken page', Buffer.concat([opusHead(0), Buffer.alloc(40, 9)]), 'a page does not begin with OggS'],
])('%s is told so, in any pieces', (_, bytes, problem) => {
  for (let at = 1; at <= bytes.length; at++) expect(read(bytes, [at]).problem).toContain(problem)
})

test.each([
  Buffer.from('{"error":"no voice"}'),
  Buffer.from('fLaC....'),
  Buffer.from([0xff, 0xf1, 0x50, 0x80]),
  Buffer.alloc(0),
])('other bytes (%o) have no length', (bytes) => {
  expect(read(bytes)).toEqual({ container: null, audioUs: null, problem: null, begunAt: null })
})

test('no bytes make it throw', () => {
  const heads = [wav([1, 2]).subarray(0, 40), mp3Frame().subarray(0, 4), opusHead(5), id3(9), Buffer.alloc(0)]
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }), (head, rest) => {
      const { audioUs } = read(Buffer.concat([head, rest]), [3, 50])
      expect(audioUs === null || (Number.isFinite(audioUs) && audioUs >= 0)).toBe(true)
    }),
  )
})
