import type { AudioMeter } from './audio-meter.ts'
import { ByteSteps } from './byte-steps.ts'

const KBITS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const KBITS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const RATES_1 = [44_100, 48_000, 32_000]
/** Bytes without a frame after which it is no MP3. */
const MOST_STRAY = 65_536
/** Where in the first frame an encoder's own header may begin, which is no audio. */
const TAG_WITHIN = 64

interface Frame {
  readonly samples: number
  readonly sampleRate: number
  readonly bytes: number
}

/**
 * MPEG audio, layer III, constant or variable bit rate, with ID3 tags. Complete frames count; the silence that encoders add at
 * both ends (under 0.1 s) is audio that plays, and counts too.
 * @see https://www.mp3-tech.org/programmer/frame_header.html
 */
export class Mp3Meter extends ByteSteps implements AudioMeter {
  readonly container = 'mp3'
  #state: 'header' | 'tag' | 'frame' = 'header'
  #frame: Frame | null = null
  #frames = 0
  #seconds = 0
  #stray = 0

  constructor() {
    super()
    this.read(4)
  }

  get audioUs(): number {
    return Math.round(this.#seconds * 1e6)
  }

  get begun(): boolean {
    return this.#seconds > 0
  }

  problem(ended: boolean): string | null {
    return this.#frames === 0 && (ended || this.#stray > MOST_STRAY) ? 'it has no complete frame' : null
  }

  protected override step(bytes: Buffer): void {
    switch (this.#state) {
      case 'header':
        return this.#header(bytes)
      case 'tag': {
        // Sizes have seven bits to a byte; a footer is as long as the header.
        const size = bytes.subarray(2, 6).reduce((sum, byte) => sum * 128 + (byte & 127), 0)
        this.pass(size + (bytes[1]! & 16 ? 10 : 0))
        return this.#next()
      }
      case 'frame': {
        const tag = this.#frames === 0 ? bytes.toString('latin1', 0, TAG_WITHIN) : ''
        this.#frames++
        if (!/Xing|Info|VBRI/.test(tag)) this.#seconds += this.#frame!.samples / this.#frame!.sampleRate
        return this.#next()
      }
    }
  }

  protected override passed(): void {}

  #header(bytes: Buffer): void {
    if (bytes.toString('latin1', 0, 3) === 'ID3') {
      this.#state = 'tag'
      return this.read(6)
    }
    if (bytes.toString('latin1', 0, 3) === 'TAG') {
      this.pass(124)
      return this.#next()
    }
    const frame = frameOf(bytes.readUInt32BE(0))
    if (frame === null) {
      this.#stray++
      return this.readAgain(bytes.subarray(1), 4)
    }
    this.#frame = frame
    this.#state = 'frame'
    this.read(frame.bytes - 4)
  }

  #next(): void {
    this.#state = 'header'
    this.read(4)
  }
}

/** The frame that a header begins; `null` when it is none of layer III with a known length. */
function frameOf(header: number): Frame | null {
  const version = (header >>> 19) & 3
  const layer = (header >>> 17) & 3
  const kbits = (version === 3 ? KBITS_1 : KBITS_2)[(header >>> 12) & 15] ?? 0
  const rate = RATES_1[(header >>> 10) & 3]
  if (header >>> 21 !== 0x7ff || version === 1 || layer !== 1 || kbits === 0 || rate === undefined) return null
  const sampleRate = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4
  const samples = version === 3 ? 1152 : 576
  return { samples, sampleRate, bytes: Math.floor((samples * 125 * kbits) / sampleRate) + ((header >>> 9) & 1) }
}
