import { beforeAll, describe, expect, it } from 'vitest'
import { clusterPackages } from '../../../src/cluster/cluster-packages.ts'
import { type LocustCodec, locustCodec } from '../../../src/cluster/locust-codec.ts'

/** Bytes that Python's msgpack writes for `dumps((type, data, node_id))`, as Locust's Message.serialize does. */
const GOLDEN: readonly (readonly [hex: string, type: string, data: unknown])[] = [
  ['93ac636c69656e745f7265616479ffa161', 'client_ready', -1],
  ['93a361636b81a5696e64657800a161', 'ack', { index: 0 }],
  [
    '93a968656172746265617483a57374617465a57265616479b163757272656e745f6370755f7573616765cb3ff8000000000000b463757272656e745f6d656d6f72795f7573616765ce075bcd15a161',
    'heartbeat',
    { state: 'ready', current_cpu_usage: 1.5, current_memory_usage: 123_456_789 },
  ],
  [
    '93a5737061776e85a974696d657374616d70cb41d954fc40100000b2757365725f636c61737365735f636f756e7481a44c616e6502a4686f7374c0ac73746f705f74696d656f7574c0ae7061727365645f6f7074696f6e7380a161',
    'spawn',
    {
      timestamp: 1_700_000_000.25,
      user_classes_count: { Lane: 2 },
      host: null,
      stop_timeout: null,
      parsed_options: {},
    },
  ],
]

describe("Locust's codec", () => {
  let codec: LocustCodec

  beforeAll(async () => {
    codec = locustCodec(await clusterPackages())
  })

  it.each(GOLDEN)('writes and reads the bytes of Python, %s', (hex, type, data) => {
    const bytes = Buffer.from(hex, 'hex')
    expect(codec.encode({ type, data, nodeId: 'a' }).toString('hex')).toBe(hex)
    expect(codec.decode(bytes)).toEqual({ type, data, nodeId: 'a' })
  })

  it('keeps the numbers of a map as numbers: Python sorts response times', () => {
    const data = { response_times: new Map([[100, 3], [1200, 1]]), m: null, u: undefined } // prettier-ignore
    expect(codec.encode({ type: 'stats', data, nodeId: 'a' }).toString('hex')).toBe(
      '93a5737461747383ae726573706f6e73655f74696d6573826403cd04b001a16dc0a175c0a161',
    )
  })

  it('takes what is no message for none', () => {
    for (const bytes of ['', 'c1', '93', '81a16101', '9301c0c0'])
      expect(codec.decode(Buffer.from(bytes, 'hex'))).toBeNull()
  })

  it('brings plans over whole: unbounded numbers, what is absent, bytes, large counts', () => {
    const data = {
      most: Infinity,
      absent: undefined,
      bytes: Buffer.from('x'),
      count: 5e9,
      list: [null, 0.1],
      text: 'ü',
    }
    const there = codec.unpack(codec.pack(data)) as typeof data
    expect(there).toEqual(data)
    expect('absent' in there).toBe(true)
  })
})
