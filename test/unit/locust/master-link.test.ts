import * as msgpackr from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { locustCodec } from '../../../src/cluster/locust-codec.ts'
import { envelopeKeys } from '../../../src/cluster/sealed-envelope.ts'
import { type LinkListener, MasterLink } from '../../../src/locust/master-link.ts'
import { FakeMaster, WorkerEnd } from '../../support/worker-end.ts'

const keys = envelopeKeys('secret of the test')
const codec = locustCodec({ msgpackr })

async function linked(): Promise<{
  readonly master: FakeMaster
  readonly worker: WorkerEnd
  readonly link: MasterLink
  readonly clock: { us: number }
  readonly notes: string[]
}> {
  const master = new FakeMaster(codec)
  const worker = new WorkerEnd('a', codec, keys)
  master.workers.push(worker)
  const clock = { us: 1e6 }
  const notes: string[] = []
  const link = new MasterLink({
    codec,
    keys,
    open: master.open,
    nodeId: 'control',
    version: '1.0.0',
    nowUs: () => clock.us,
    wallMs: Date.now,
    note: (message) => notes.push(message),
  })
  await Promise.resolve()
  return { master, worker, link, clock, notes }
}

function silences(link: MasterLink): string[] {
  const told: string[] = []
  const listener: LinkListener = {
    message: () => undefined,
    changed: () => undefined,
    silent: (reason) => told.push(reason),
  }
  link.listen(listener)
  return told
}

describe('the link to a master', () => {
  test('answers a ping with the time of this clock, to the worker that asked', async () => {
    const { master, worker, link, clock } = await linked()
    link.tell(link.workers[0]!, { kind: 'end', load: 'first' })
    clock.us = 1_234_567
    master.report(worker, { kind: 'ping', ping: 8 })
    expect(worker.heard.at(-1)).toEqual({ kind: 'pong', ping: 8, atUs: 1_234_567 })
  })

  test('tells of a master that is silent for three seconds, and has no workers then', async () => {
    const { master, link, clock } = await linked()
    const told = silences(link)
    master.answers = false
    for (let second = 0; second < 3; second++) {
      expect(told).toEqual([])
      expect(link.workers).toHaveLength(1)
      clock.us += 1e6
      link.tick()
    }
    expect(told).toEqual(['was silent for 3.0 s'])
    expect(link.workers).toEqual([])
  })

  test('does not take a pause of this process for silence of the master', async () => {
    const { link, clock, master } = await linked()
    const told = silences(link)
    master.answers = false
    clock.us += 20e6
    link.tick()
    expect(told).toEqual([])
  })

  test('takes no word that was sealed with another secret, and says so once', async () => {
    const { master, link, notes } = await linked()
    const told: string[] = []
    link.listen({ message: (_, { kind }) => told.push(kind), changed: () => undefined, silent: () => undefined })
    const stranger = new WorkerEnd('a', codec, { ...keys, report: envelopeKeys('another secret').report })
    master.workers[0] = stranger
    master.tell()
    link.tell(link.workers[0]!, { kind: 'end', load: 'x' })
    for (let i = 0; i < 2; i++) master.report(stranger, { kind: 'gone', load: 'x', reason: 'forged' })
    expect(told).toEqual([])
    expect(notes).toEqual([
      'a message of worker a was refused: it is signed with another secret, or was changed on its way',
    ])
  })

  test('tells what a worker refused, once', async () => {
    const { master, worker, notes } = await linked()
    for (let i = 0; i < 2; i++) master.refuse(worker, 'it is not signed')
    expect(notes).toEqual(['worker a refused a message: it is not signed'])
  })
})
