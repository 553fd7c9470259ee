import type { AudioMeter, PcmFormat, SampleListener } from './audio-meter.ts'

/** Samples without a container: their shape is declared. */
export class PcmMeter implements AudioMeter {
  readonly container = 'pcm'
  readonly #format: PcmFormat
  readonly #listener: SampleListener | null
  #bytes = 0

  constructor(format: PcmFormat, listener: SampleListener | null = null) {
    this.#format = format
    this.#listener = listener
  }

  get audioUs(): number {
    const { sampleRate, channels, bitsPerSample } = this.#format
    return Math.round((this.#bytes * 8e6) / (sampleRate * channels * bitsPerSample))
  }

  get begun(): boolean {
    return this.#bytes > 0
  }

  problem(): null {
    return null
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#listener?.samples(this.#format, chunk)
  }
}
