/** Shape of samples. */
export interface PcmFormat {
  readonly sampleRate: number
  readonly channels: number
  readonly bitsPerSample: number
}

/** Hears samples that are signed integers, as they come. */
export interface SampleListener {
  samples(format: PcmFormat, bytes: Buffer): void
}

/** Measures the audio in one container, piece by piece. */
export interface AudioMeter {
  readonly container: 'wav' | 'mp3' | 'ogg' | 'pcm'
  /** Audio that has come so far, microseconds. */
  readonly audioUs: number
  /** A byte of audio has come, beyond the container's header. */
  readonly begun: boolean
  /** What is wrong with the bytes so far, or with the end when that is the end; `null` for nothing. */
  problem(ended: boolean): string | null
  push(chunk: Buffer): void
}
