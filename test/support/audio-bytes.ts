/* Containers by their specifications, byte by byte. */

/** A RIFF chunk; odd sizes are filled up. */
export function chunk(id: string, content: Buffer, size: number = content.length): Buffer {
  const head = Buffer.alloc(8)
  head.write(id, 'latin1')
  head.writeUInt32LE(size, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
}

export function wavFormat(sampleRate: number, channels = 1, bits = 16, tag = 1): Buffer {
  const format = Buffer.alloc(16)
  format.writeUInt16LE(tag, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(sampleRate, 4)
  format.writeUInt32LE((sampleRate * channels * bits) / 8, 8)
  format.writeUInt16LE((channels * bits) / 8, 12)
  format.writeUInt16LE(bits, 14)
  return format
}

/** WAVE of chunks, with any size in its head. */
export function riff(chunks: readonly Buffer[], size = 0): Buffer {
  return Buffer.concat([chunk('RIFF', Buffer.alloc(0), size), Buffer.from('WAVE'), ...chunks])
}

/** Mono, 16 bits. */
export function wav(samples: ArrayLike<number>, sampleRate = 16_000, dataSize?: number): Buffer {
  const data = Buffer.alloc(samples.length * 2)
  for (let i = 0; i < samples.length; i++) data.writeInt16LE(Math.round(samples[i]!), i * 2)
  return riff([chunk('fmt ', wavFormat(sampleRate)), chunk('data', data, dataSize)])
}

/** A sine of 440 Hz that fades in. */
export function tone(seconds: number, sampleRate = 16_000, amplitude = 8000): number[] {
  return Array.from(
    { length: seconds * sampleRate },
    (_, i) => amplitude * Math.min(1, i / 200) * Math.sin((2 * Math.PI * 440 * i) / sampleRate),
  )
}

/** Like a voice to the watch: harmonics that glide, and breath. */
export function voice(seconds: number, sampleRate = 16_000, seed = 1): number[] {
  let state = seed
  const noise = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5
  let phase = 0
  return Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    phase += (2 * Math.PI * (120 + 30 * Math.sin((i / sampleRate) * 9))) / sampleRate
    let sample = 0
    for (let k = 1; k <= 12; k++) sample += Math.sin(k * phase) / k
    return 3000 * sample + 300 * noise()
  })
}

/** One frame of MPEG-1 layer III, 128 kbit/s, 44.1 kHz, joint stereo: 417 bytes, 418 with padding; 1,152 samples. */
export function mp3Frame(fill = 0x55, padding = 0, kbitsIndex = 9): Buffer {
  const kbits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320][kbitsIndex]!
  const frame = Buffer.alloc(Math.floor((144_000 * kbits) / 44_100) + padding, fill)
  frame.writeUInt32BE((0xff_fb_00_44 | (kbitsIndex << 12) | (padding << 9)) >>> 0)
  return frame
}

/** The first frame of an encoder, which is no audio. */
export function xingFrame(): Buffer {
  const frame = mp3Frame(0)
  frame.write('Xing', 36, 'latin1')
  return frame
}

export function id3(size: number): Buffer {
  const tag = Buffer.alloc(10 + size, 0xff)
  tag.write('ID3', 'latin1')
  tag.set([4, 0, 0, (size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127], 3)
  return tag
}

/** A page of whole packets. */
export function oggPage(position: bigint, packets: readonly Buffer[], flags = 0): Buffer {
  const lacing = packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255])
  const head = Buffer.alloc(27)
  head.write('OggS', 'latin1')
  head[5] = flags
  head.writeBigInt64LE(position, 6)
  head[26] = lacing.length
  return Buffer.concat([head, Buffer.from(lacing), ...packets])
}

export function opusHead(preSkip: number): Buffer {
  const head = Buffer.alloc(19)
  head.write('OpusHead', 'latin1')
  head.set([1, 1], 8)
  head.writeUInt16LE(preSkip, 10)
  head.writeUInt32LE(48_000, 12)
  return oggPage(0n, [head], 2)
}

export const OPUS_TAGS: Buffer = oggPage(0n, [Buffer.concat([Buffer.from('OpusTags'), Buffer.alloc(300)])])

/** Packets of one 20 ms frame each (SILK, configuration 1). */
export function opusPackets(count: number): Buffer[] {
  return Array.from({ length: count }, () => Buffer.concat([Buffer.from([1 << 3]), Buffer.alloc(39, 7)]))
}
