import type { ClusterPackages } from './cluster-packages.ts'

/** A message of Locust's protocol: msgpack of `[type, data, node_id]`. */
export interface LocustMessage {
  readonly type: string
  readonly data: unknown
  /** Of the worker, in both directions. */
  readonly nodeId: string
}

/** Bytes of Locust's protocol. */
export interface LocustCodec {
  encode(message: LocustMessage): Buffer
  /** `null` for what is no message. */
  decode(bytes: Uint8Array): LocustMessage | null
  /** Plain data for the other end of ours, which is a JavaScript too. */
  pack(data: unknown): Buffer
  unpack(bytes: Uint8Array): unknown
}

/**
 * Locust's codec. Maps keep their keys' types on the way out: Python looks up response times by numbers.
 * @see locust/rpc/protocol.py
 */
export function locustCodec({ msgpackr }: Pick<ClusterPackages, 'msgpackr'>): LocustCodec {
  const common = { useRecords: false, mapsAsObjects: true, variableMapSize: true } as const
  // Python has no `undefined`.
  const python = new msgpackr.Packr({ ...common, encodeUndefinedAsNil: true })
  const own = new msgpackr.Packr(common)
  return {
    encode: ({ type, data, nodeId }) => Buffer.from(python.pack([type, data, nodeId])),
    decode: (bytes) => {
      try {
        const parts: unknown = python.unpack(bytes)
        if (!Array.isArray(parts) || typeof parts[0] !== 'string') return null
        return { type: parts[0], data: parts[1] as unknown, nodeId: String(parts[2] ?? '') }
      } catch {
        return null
      }
    },
    pack: (data) => Buffer.from(own.pack(data)),
    unpack: (bytes) => own.unpack(bytes) as unknown,
  }
}
