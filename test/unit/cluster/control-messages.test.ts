import { beforeAll, expect, it } from 'vitest'
import { clusterPackages } from '../../../src/cluster/cluster-packages.ts'
import type {
  ClusterData,
  CommandData,
  ControlData,
  PoolMessage,
  RefusedData,
  ReportData,
  WorkerMessage,
} from '../../../src/cluster/control-messages.ts'
import { type LocustCodec, locustCodec } from '../../../src/cluster/locust-codec.ts'

let codec: LocustCodec

beforeAll(async () => {
  codec = locustCodec(await clusterPackages())
})

const HELLO = { protocol: 1, session: 'ab', version: '0.1.0', node: 'v20.19.0', host: 'load-1', cores: 8 }

it.each<ControlData | ClusterData | CommandData | ReportData | RefusedData>([
  { do: 'join' },
  { do: 'start', users: 3 },
  { protocol: 1, locust: null, state: 'ready', workers: [{ id: 'w', state: 'missing', users: 0, hello: HELLO }] },
  { to: 'w', sealed: Buffer.from([0, 255, 193]) },
  { to: 'control-1', reason: 'it is not signed' },
])('what travels through Locust arrives as it was: %j', (data) => {
  expect(codec.decode(codec.encode({ type: 'any', data, nodeId: 'w' }))).toEqual({ type: 'any', data, nodeId: 'w' })
})

it.each<PoolMessage | WorkerMessage>([
  { kind: 'command', load: 'a', command: { kind: 'go', startUs: 8_640_000_000_123 } },
  { kind: 'pong', ping: 7, atUs: 4_294_967_296.5 },
  { kind: 'report', load: 'a', report: { kind: 'took-over', index: 0, generator: 1, missed: 2 } },
  { kind: 'clock', load: 'a', offsetUs: -3_000_000_000, roundTripUs: 180 },
])('what is sealed is packed without loss: %j', (message) => {
  expect(codec.unpack(codec.pack(message))).toEqual(message)
})
