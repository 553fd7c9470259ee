import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto'

/*
 * One envelope signs and encrypts: whatever is worth signing (bundle, plan, targets, numbers) may hold a secret as well,
 * and two layers could be mixed up or left out one by one. Encrypt-then-MAC: AES-256-CTR, then HMAC-SHA256 over what was
 * encrypted, checked before anything is read. Inside, beside the body: for whose session it is, from whose, a number that
 * only grows, and the time. A message for another session, a number that was there before, and an old time are refused.
 *
 *   'vp1:' | iv 16 | AES-256-CTR( to 16 | from 16 | number 8 | unix ms 8 | body ) | HMAC-SHA256 32
 */

const MAGIC = Buffer.from('vp1:')
const IV_BYTES = 16
const MAC_BYTES = 32
const SESSION_BYTES = 16
const HEAD_BYTES = 2 * SESSION_BYTES + 16
/** How old a message may be when it arrives, by the clocks of both machines; also how far these may be apart. */
const MOST_AGE_MS = 120_000
/** Fixed: the same secret gives the same keys on every machine. */
const SALT = 'vitest-perf cluster 1'

/** Two keys for each direction, so that a message cannot be turned back on its sender. */
export interface EnvelopeKeys {
  readonly command: DirectionKeys
  readonly report: DirectionKeys
}

interface DirectionKeys {
  readonly cipher: Buffer
  readonly mac: Buffer
}

/** Keys from the shared secret. scrypt: whoever records messages and guesses secrets pays 50 ms for each guess. */
export function envelopeKeys(secret: string): EnvelopeKeys {
  const root = scryptSync(secret, SALT, 32)
  const key = (use: string): Buffer => Buffer.from(hkdfSync('sha256', root, SALT, use, 32))
  return {
    command: { cipher: key('command cipher'), mac: key('command mac') },
    report: { cipher: key('report cipher'), mac: key('report mac') },
  }
}

/** A new session's name: 32 hexadecimal digits at random. */
export function newSession(): string {
  return randomBytes(SESSION_BYTES).toString('hex')
}

/** Who talks to whom. */
export interface EnvelopeEnds {
  /** Session of the sender and of the receiver, from {@link newSession}. */
  readonly from: string
  readonly to: string
}

/** Seals what goes from one session to one other. */
export class Sealer {
  readonly #keys: DirectionKeys
  readonly #ends: Buffer
  readonly #now: () => number
  #number = 0

  /** @param now unix time, milliseconds */
  constructor(keys: DirectionKeys, { from, to }: EnvelopeEnds, now: () => number) {
    this.#keys = keys
    this.#ends = Buffer.from(to + from, 'hex')
    this.#now = now
  }

  seal(body: Uint8Array): Buffer {
    const numbers = Buffer.alloc(16)
    numbers.writeBigUInt64BE(BigInt(++this.#number), 0)
    numbers.writeBigUInt64BE(BigInt(this.#now()), 8)
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-ctr', this.#keys.cipher, iv)
    const encrypted = Buffer.concat([
      MAGIC,
      iv,
      cipher.update(this.#ends),
      cipher.update(numbers),
      cipher.update(body),
      cipher.final(),
    ])
    return Buffer.concat([encrypted, macOf(this.#keys, encrypted)])
  }
}

/** What came out of an envelope, or why nothing did. */
export type Opened =
  /** `number` counts the messages of one sender: 1, 2, 3 ...; a gap means a lost message. */
  { readonly body: Buffer; readonly from: string; readonly number: number } | { readonly refused: string }

/** Opens what is sealed for one session, each message once. */
export class Opener {
  readonly #keys: DirectionKeys
  readonly #session: string
  readonly #now: () => number
  readonly #senders = new Map<string, { number: number; at: number }>()

  /**
   * @param session whose messages these are
   * @param now unix time, milliseconds
   */
  constructor(keys: DirectionKeys, session: string, now: () => number) {
    this.#keys = keys
    this.#session = session
    this.#now = now
  }

  open(envelope: unknown): Opened {
    if (!(envelope instanceof Uint8Array) || !isEnvelope(envelope)) return { refused: 'it is not signed' }
    const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength)
    const encrypted = bytes.subarray(0, -MAC_BYTES)
    if (!timingSafeEqual(macOf(this.#keys, encrypted), bytes.subarray(-MAC_BYTES)))
      return { refused: 'it is signed with another secret, or was changed on its way' }
    const iv = encrypted.subarray(MAGIC.length, MAGIC.length + IV_BYTES)
    const clear = createDecipheriv('aes-256-ctr', this.#keys.cipher, iv).update(
      encrypted.subarray(MAGIC.length + IV_BYTES),
    )
    const to = clear.toString('hex', 0, SESSION_BYTES)
    const from = clear.toString('hex', SESSION_BYTES, 2 * SESSION_BYTES)
    const number = Number(clear.readBigUInt64BE(2 * SESSION_BYTES))
    const at = Number(clear.readBigUInt64BE(2 * SESSION_BYTES + 8))
    const refused = this.#refusal(to, from, number, at)
    if (refused !== null) return { refused }
    this.#senders.set(from, { number, at })
    return { body: clear.subarray(HEAD_BYTES), from, number }
  }

  #refusal(to: string, from: string, number: number, at: number): string | null {
    const now = this.#now()
    if (to !== this.#session) return 'it is stale or replayed: it was signed for another session'
    const apartMs = now - at
    if (Math.abs(apartMs) > MOST_AGE_MS) {
      const seconds = Math.round(Math.abs(apartMs) / 1000)
      return `it is stale: signed ${seconds} s ${apartMs > 0 ? 'ago' : 'ahead'} by the clocks of the two machines (most ${MOST_AGE_MS / 1000} s)`
    }
    // Whoever has been silent for longer can only be replayed by messages that are too old.
    for (const [sender, last] of this.#senders) if (now - last.at > 2 * MOST_AGE_MS) this.#senders.delete(sender)
    const last = this.#senders.get(from)?.number ?? 0
    return number > last ? null : `it is replayed: message ${number} after message ${last}`
  }
}

function isEnvelope(bytes: Uint8Array): boolean {
  return (
    bytes.length >= MAGIC.length + IV_BYTES + HEAD_BYTES + MAC_BYTES &&
    MAGIC.every((byte, index) => bytes[index] === byte)
  )
}

function macOf({ mac }: DirectionKeys, bytes: Uint8Array): Buffer {
  return createHmac('sha256', mac).update(bytes).digest()
}
