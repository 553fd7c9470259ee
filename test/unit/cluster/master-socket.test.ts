import { afterEach, beforeAll, expect, it } from 'vitest'
import type { Router } from 'zeromq'
import { clusterPackages, type ClusterPackages } from '../../../src/cluster/cluster-packages.ts'
import { type MasterSocket, masterSockets } from '../../../src/cluster/master-socket.ts'
import { freePort } from '../../support/free-port.ts'

let packages: ClusterPackages
beforeAll(async () => {
  packages = await clusterPackages()
})

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** As Locust's master binds. */
async function router(port: number): Promise<Router> {
  const socket = new packages.zeromq.Router({ linger: 0 })
  await socket.bind(`tcp://127.0.0.1:${port}`)
  open.push(socket)
  return socket
}

/** What a socket tells, waiting for it. */
class Told {
  readonly words: string[] = []
  #wake = (): void => undefined

  readonly listener = {
    connected: () => this.#tell('connected'),
    disconnected: () => this.#tell('disconnected'),
    received: (bytes: Uint8Array) => this.#tell(Buffer.from(bytes).toString()),
  }

  async until(count: number): Promise<readonly string[]> {
    while (this.words.length < count) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.words
  }

  #tell(word: string): void {
    this.words.push(word)
    this.#wake()
  }
}

function connect(port: number, name: string, told: Told): MasterSocket {
  const socket = masterSockets(packages, `tcp://127.0.0.1:${port}`)(name, told.listener)
  open.push(socket)
  return socket
}

it('a socket is known to the master by its name, and keeps the order of what is sent at once', async () => {
  const port = await freePort()
  const master = await router(port)
  const told = new Told()
  const socket = connect(port, 'worker-ü', told)
  await told.until(1)
  for (let i = 0; i < 50; i++) socket.send(Buffer.from(`message ${i}`))
  for (let i = 0; i < 50; i++) {
    const [name, bytes] = await master.receive()
    expect([name!.toString(), bytes!.toString()]).toEqual(['worker-ü', `message ${i}`])
  }
  await master.send(['worker-ü', 'an answer'])
  expect(await told.until(2)).toEqual(['connected', 'an answer'])
})

it('a socket tells that its master is gone and that it is back, and brings nothing of the time between', async () => {
  const port = await freePort()
  const master = await router(port)
  const told = new Told()
  const socket = connect(port, 'w', told)
  await told.until(1)
  master.close()
  expect(await told.until(2)).toEqual(['connected', 'disconnected'])
  const next = await router(port)
  expect(await told.until(3)).toEqual(['connected', 'disconnected', 'connected'])
  socket.send(Buffer.from('hello'))
  expect((await next.receive()).map(String)).toEqual(['w', 'hello'])
})

it('what was sent just before closing still arrives', async () => {
  const port = await freePort()
  const master = await router(port)
  const told = new Told()
  const socket = connect(port, 'w', told)
  await told.until(1)
  socket.send(Buffer.from('quit'))
  await socket.close()
  expect((await master.receive()).map(String)).toEqual(['w', 'quit'])
})
