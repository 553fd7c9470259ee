import type { AudioMeter, PcmFormat, SampleListener } from './audio-meter.ts'
import { Mp3Meter } from './mp3-meter.ts'
import { OggOpusMeter } from './ogg-opus-meter.ts'
import { PcmMeter } from './pcm-meter.ts'
import { WavMeter } from './wav-meter.ts'

/** How many bytes tell a container. */
const SIGNATURE = 4

/**
 * Measures audio by what its bytes are: WAV, MP3, Opus in Ogg, or samples of a declared shape. Of anything else the length
 * is not known.
 */
export class AudioLength {
  readonly #pcm: PcmFormat | null
  readonly #listener: SampleListener | null
  #first: Buffer | null = Buffer.alloc(0)
  #meter: AudioMeter | null = null

  /** @param pcm what bytes are that begin like no container; `null` for nothing known */
  constructor(pcm: PcmFormat | null = null, listener: SampleListener | null = null) {
    this.#pcm = pcm
    this.#listener = listener
  }

  /** `null` when it is not known, or not yet. */
  get container(): AudioMeter['container'] | null {
    return this.#meter?.container ?? null
  }

  /** Audio that has come so far, microseconds; `null` in an unknown container. */
  get audioUs(): number | null {
    return this.#meter?.audioUs ?? null
  }

  /** A byte of audio has come, beyond the container's header. */
  get begun(): boolean {
    return this.#meter?.begun ?? false
  }

  push(chunk: Buffer): void {
    if (this.#first === null) {
      this.#meter?.push(chunk)
      return
    }
    this.#first = Buffer.concat([this.#first, chunk])
    if (this.#first.length >= SIGNATURE) this.#choose(this.#first)
  }

  /** No more comes. @returns what is wrong with the bytes; `null` for nothing */
  end(): string | null {
    if (this.#first !== null && this.#first.length > 0) this.#choose(this.#first)
    return this.#meter?.problem(true) ?? null
  }

  #choose(bytes: Buffer): void {
    this.#first = null
    this.#meter = meterOf(bytes, this.#pcm, this.#listener)
    this.#meter?.push(bytes)
  }
}

function meterOf(bytes: Buffer, pcm: PcmFormat | null, listener: SampleListener | null): AudioMeter | null {
  const signature = bytes.toString('latin1', 0, SIGNATURE)
  if (signature === 'RIFF' || signature === 'RF64') return new WavMeter(listener)
  if (signature === 'OggS') return new OggOpusMeter()
  if (pcm !== null) return new PcmMeter(pcm, listener)
  // Eleven set bits, then any version and layer III.
  const isFrame = bytes.length >= 2 && bytes[0] === 0xff && (bytes[1]! & 0xe6) === 0xe2
  return signature.startsWith('ID3') || isFrame ? new Mp3Meter() : null
}
