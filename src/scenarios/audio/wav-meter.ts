import type { AudioMeter, PcmFormat, SampleListener } from './audio-meter.ts'
import { ByteSteps } from './byte-steps.ts'

/** Sizes from here on, and 0, stand for `until the end`: who streams does not know the size when the header goes out. */
const UNKNOWN_SIZE = 0x7f_ff_00_00
const LONGEST_FORMAT = 128
const PCM = 1
const EXTENSIBLE = 0xff_fe

/**
 * RIFF WAVE, also streamed with unknown sizes, and RF64.
 * @see https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
 */
export class WavMeter extends ByteSteps implements AudioMeter {
  readonly container = 'wav'
  readonly #listener: SampleListener | null
  #state: 'riff' | 'chunk' | 'format' | 'samples' | 'broken' = 'riff'
  #problem: string | null = null
  #bytesPerSecond = 0
  /** Of samples that a listener understands. */
  #pcm: PcmFormat | null = null
  #inData = false
  #audioBytes = 0
  #dataSize: number | null = null

  constructor(listener: SampleListener | null = null) {
    super()
    this.#listener = listener
    this.read(12)
  }

  get audioUs(): number {
    return this.#bytesPerSecond === 0 ? 0 : Math.round((this.#audioBytes / this.#bytesPerSecond) * 1e6)
  }

  get begun(): boolean {
    return this.#audioBytes > 0
  }

  problem(ended: boolean): string | null {
    if (this.#problem !== null || !ended) return this.#problem
    if (this.#state === 'riff' || this.#bytesPerSecond === 0) return 'it ends before its format is told'
    return this.#dataSize !== null && this.#audioBytes < this.#dataSize
      ? `its header promises ${this.#dataSize} bytes of audio, ${this.#audioBytes} came`
      : null
  }

  protected override step(bytes: Buffer): void {
    switch (this.#state) {
      case 'riff':
        if (bytes.toString('latin1', 8, 12) !== 'WAVE') return this.#break('it is RIFF, but no WAVE')
        return this.#nextChunk()
      case 'format':
        return this.#format(bytes)
      default:
        return this.#chunk(bytes.toString('latin1', 0, 4), bytes.readUInt32LE(4))
    }
  }

  protected override passed(bytes: Buffer): void {
    if (!this.#inData) return
    // The byte that fills up an odd size is no audio.
    const audio = this.#dataSize === null ? bytes : bytes.subarray(0, this.#dataSize - this.#audioBytes)
    this.#audioBytes += audio.length
    if (this.#pcm !== null && audio.length > 0) this.#listener?.samples(this.#pcm, audio)
  }

  #nextChunk(): void {
    this.#state = 'chunk'
    this.read(8)
  }

  #chunk(id: string, size: number): void {
    // Only one chunk holds the samples; what stands after it is passed over.
    this.#inData = false
    if (id === 'fmt ') {
      if (size < 16 || size > LONGEST_FORMAT) return this.#break(`its format has ${size} bytes`)
      this.#state = 'format'
      this.read(size)
      return
    }
    if (id === 'data' && this.#state === 'chunk' && this.#audioBytes === 0) {
      if (this.#bytesPerSecond === 0) return this.#break('its audio comes before its format')
      this.#inData = true
      if (size === 0 || size >= UNKNOWN_SIZE) return this.pass(Infinity)
      this.#dataSize = size
    }
    this.pass(size + (size % 2))
    this.#nextChunk()
  }

  #format(bytes: Buffer): void {
    const tag = bytes.readUInt16LE(0)
    const channels = bytes.readUInt16LE(2)
    const sampleRate = bytes.readUInt32LE(4)
    const blockBytes = bytes.readUInt16LE(12)
    const bitsPerSample = bytes.readUInt16LE(14)
    // Some writers get the bytes per second wrong; of uncompressed samples they follow from the rest.
    const uncompressed = tag === PCM || tag === 3 || tag === EXTENSIBLE
    this.#bytesPerSecond = uncompressed ? sampleRate * blockBytes : bytes.readUInt32LE(8)
    if (this.#bytesPerSecond === 0) return this.#break('its format has no samples per second')
    const subFormat = tag === EXTENSIBLE && bytes.length >= 26 ? bytes.readUInt16LE(24) : tag
    this.#pcm = subFormat === PCM ? { sampleRate, channels, bitsPerSample } : null
    this.#nextChunk()
  }

  #break(problem: string): void {
    this.#problem = problem
    this.#state = 'broken'
    this.pass(Infinity)
  }
}
