import { beforeAll, describe, expect, it } from 'vitest'
import type { AllowedTarget } from '../../../src/cluster/allowed-targets.ts'
import { clusterPackages } from '../../../src/cluster/cluster-packages.ts'
import { type HelloData, MESSAGE } from '../../../src/cluster/control-messages.ts'
import { type LocustCodec, locustCodec } from '../../../src/cluster/locust-codec.ts'
import { STAGE_PLAN, WorkerStage } from '../../support/worker-stage.ts'

let codec: LocustCodec
beforeAll(async () => {
  codec = locustCodec(await clusterPackages())
})

const newStage = (allowed: readonly AllowedTarget[] | null = null): WorkerStage => new WorkerStage(codec, allowed)

describe('whom a cluster worker trusts', () => {
  it('refuses what is not signed, once a second and with one line, and stays', () => {
    const stage = newStage().connect()
    for (let i = 0; i < 5; i++) stage.receive(MESSAGE.command, { from: 'x\ny', sealed: Buffer.from('plan') })
    expect(stage.said.slice(1)).toEqual([String.raw`refused a message from "x\ny": it is not signed`])
    expect(stage.sent.at(-1)).toMatchObject({ type: MESSAGE.refused, data: { to: 'x\ny', reason: 'it is not signed' } })
    for (const strange of [null, 7, {}, { from: 3, sealed: 'text' }]) stage.receive(MESSAGE.command, strange)
    expect(stage.load().ended).toBe(false)
  })

  it('refuses a load that was recorded and is sent again', () => {
    const stage = newStage().connect()
    const { sealed } = stage.pool.seal('w', {
      kind: 'prepare',
      load: 'a',
      command: { kind: 'prepare', plan: STAGE_PLAN, part: { index: 0, count: 1 }, parentPid: 0 },
      files: [],
    })
    stage.receive(MESSAGE.command, { from: 'pool', sealed })
    stage.receive(MESSAGE.command, { from: 'pool', sealed })
    expect(stage.carried).toHaveLength(1)
    expect(stage.said.at(-1)).toMatch(/refused .*replayed/)
  })

  it('declines targets that are not on its list, naming the first', () => {
    const stage = newStage([{ host: 'target.test', port: 80 }]).connect()
    stage.pool.prepare('w', 'load', STAGE_PLAN)
    expect(stage.carried).toEqual([])
    expect(stage.told()).toEqual([
      {
        kind: 'declined',
        load: 'load',
        reason: expect.stringMatching(/target target\.test:8000 is not on this worker's --allow-target list/) as string,
      },
    ])
  })

  it('carries several loads of one pool, and none of a second pool meanwhile', () => {
    const stage = newStage().connect()
    stage.load()
    stage.pool.prepare('w', 'second', STAGE_PLAN)
    expect(stage.carried).toHaveLength(2)
    const other = stage.newPool('other')
    other.hello('w', stage.sent.find(({ type }) => type === MESSAGE.hello)!.data as HelloData)
    other.prepare('w', 'third', STAGE_PLAN)
    expect(stage.carried).toHaveLength(2)
    const reason = 'the worker carries the load of another pool'
    expect(other.told).toEqual([{ from: 'w', message: { kind: 'declined', load: 'third', reason } }])
  })
})
