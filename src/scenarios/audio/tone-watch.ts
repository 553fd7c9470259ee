import type { PcmFormat, SampleListener } from './audio-meter.ts'

/** Samples are averaged to about this rate first, so that a high sampling rate makes no speech look smooth. */
const WATCHED_RATE = 8000
/** How much of its energy a tone may leave unexplained: quantisation, fading in and out. Speech leaves fifty times as much. */
const TONE_BELOW = 1e-4
/** Root mean square, of 32,768, under which it is silence. */
const SILENT_BELOW = 2

/**
 * Tells whether 16-bit samples are a pure tone: each sample of a sine follows from the two before it by one and the same
 * factor, x[n] = 2 cos(w) x[n-1] - x[n-2]. The best factor is fitted by least squares, and what it leaves unexplained is
 * compared with the whole. Keeps sums, no samples.
 */
export class ToneWatch implements SampleListener {
  #left: Buffer = Buffer.alloc(0)
  #sum = 0
  #inSum = 0
  #last = 0
  #beforeLast = 0
  #n = 0
  #energy = 0
  /** Sums of u*v, v*v and u*u with v = x[n-1] and u = x[n] + x[n-2]. */
  #uv = 0
  #vv = 0
  #uu = 0

  samples({ sampleRate, channels, bitsPerSample }: PcmFormat, bytes: Buffer): void {
    if (bitsPerSample !== 16) return
    const frame = channels * 2
    const all = this.#left.length === 0 ? bytes : Buffer.concat([this.#left, bytes])
    const end = all.length - (all.length % frame)
    const stride = Math.max(1, Math.round(sampleRate / WATCHED_RATE))
    for (let at = 0; at < end; at += frame) {
      this.#sum += all.readInt16LE(at)
      if (++this.#inSum < stride) continue
      this.#add(this.#sum / stride)
      this.#sum = this.#inSum = 0
    }
    this.#left = Buffer.from(all.subarray(end))
  }

  /** What the samples are; `null` when none could be read. */
  get verdict(): 'tone' | 'silence' | 'sound' | null {
    if (this.#n < 3) return null
    if (Math.sqrt(this.#energy / this.#n) < SILENT_BELOW) return 'silence'
    return this.unexplained < TONE_BELOW ? 'tone' : 'sound'
  }

  /** Share of the energy that no single tone explains. */
  get unexplained(): number {
    return (this.#uu - (this.#uv * this.#uv) / this.#vv) / this.#energy
  }

  #add(sample: number): void {
    this.#energy += sample * sample
    if (this.#n >= 2) {
      const v = this.#last
      const u = sample + this.#beforeLast
      this.#uv += u * v
      this.#vv += v * v
      this.#uu += u * u
    }
    this.#n++
    this.#beforeLast = this.#last
    this.#last = sample
  }
}
