import type { AudioMeter } from './audio-meter.ts'
import { ByteSteps } from './byte-steps.ts'

const HEADER = 27
/** Granule positions of Opus count samples of 48 kHz, whatever the input was. */
const PER_SECOND = 48_000
/** Samples of one frame by the configuration number of a packet. */
const SILK = [480, 960, 1920, 2880]
const HYBRID = [480, 960]
const CELT = [120, 240, 480, 960]
const FRAME_SAMPLES = [SILK, SILK, SILK, HYBRID, HYBRID, CELT, CELT, CELT, CELT].flat()

/**
 * Opus in Ogg. The position of the last page says how many samples there are, from the position at which the stream began
 * (a live one need not begin at 0) and without the pre-skip; packets are only counted in the first page of audio.
 * @see RFC 7845, RFC 6716 section 3
 */
export class OggOpusMeter extends ByteSteps implements AudioMeter {
  readonly container = 'ogg'
  #state: 'header' | 'lacing' | 'body' = 'header'
  #header: Buffer = Buffer.alloc(0)
  #lacing: Buffer = Buffer.alloc(0)
  #pages = 0
  #problem: string | null = null
  #preSkip = 0
  /** Pages before the first one of audio: the head, and as many as the comments take. */
  #commentsDone = false
  #startSamples: number | null = null
  #endSamples = 0

  constructor() {
    super()
    this.read(HEADER)
  }

  get audioUs(): number {
    if (this.#startSamples === null) return 0
    return Math.round((Math.max(0, this.#endSamples - this.#startSamples - this.#preSkip) / PER_SECOND) * 1e6)
  }

  get begun(): boolean {
    return this.#startSamples !== null
  }

  problem(ended: boolean): string | null {
    return this.#problem ?? (ended && this.#startSamples === null ? 'it ends before its first page of audio' : null)
  }

  protected override step(bytes: Buffer): void {
    switch (this.#state) {
      case 'header':
        if (bytes.toString('latin1', 0, 4) !== 'OggS') return this.#break('a page does not begin with OggS')
        this.#header = bytes
        if (bytes[26] === 0) return this.#page(Buffer.alloc(0), bytes.subarray(0, 0))
        this.#state = 'lacing'
        return this.read(bytes[26]!)
      case 'lacing': {
        this.#lacing = bytes
        const size = bytes.reduce((sum, length) => sum + length, 0)
        if (size === 0) return this.#page(bytes, Buffer.alloc(0))
        this.#state = 'body'
        return this.read(size)
      }
      case 'body':
        return this.#page(this.#lacing, bytes)
    }
  }

  protected override passed(): void {}

  #page(lacing: Buffer, body: Buffer): void {
    this.#state = 'header'
    this.read(HEADER)
    this.#pages++
    if (this.#pages === 1) {
      if (body.toString('latin1', 0, 8) !== 'OpusHead' || body.length < 12) {
        return this.#break('its first page does not begin with OpusHead: only Opus is read in Ogg')
      }
      this.#preSkip = body.readUInt16LE(10)
      return
    }
    if (!this.#commentsDone) {
      // The comments end with a packet, whose last length is below 255, and the page with it.
      this.#commentsDone = lacing.at(-1) !== 255
      return
    }
    const position = this.#header.readBigInt64LE(6)
    // No packet ends on this page.
    if (position < 0n) return
    const samples = Number(position)
    this.#startSamples ??= Math.max(0, samples - samplesOf(lacing, body, (this.#header[5]! & 1) === 1))
    this.#endSamples = samples
  }

  #break(problem: string): void {
    this.#problem = problem
    this.pass(Infinity)
  }
}

/** Samples of the packets that end on a page. */
function samplesOf(lacing: Buffer, body: Buffer, continued: boolean): number {
  let samples = 0
  let start = 0
  let at = 0
  let skip = continued
  for (const length of lacing) {
    at += length
    if (length === 255) continue
    if (!skip && at > start) samples += packetSamples(body.subarray(start, at))
    skip = false
    start = at
  }
  return samples
}

function packetSamples(packet: Buffer): number {
  const frames = [1, 2, 2, (packet[1] ?? 0) & 63][packet[0]! & 3]!
  return frames * FRAME_SAMPLES[packet[0]! >>> 3]!
}
