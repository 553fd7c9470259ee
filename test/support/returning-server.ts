import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Listens when it is told a port, and tells the one that it got and when. */
const SCRIPT = `
const server = require('node:http').createServer((_, response) => response.end('ok'))
process.on('message', (port) => server.listen(port, '127.0.0.1', () =>
  process.send({ port: server.address().port, atUs: Number(process.hrtime.bigint() / 1000n) })))
process.on('disconnect', () => process.exit(0))
`

interface Listening extends Pick<AddressInfo, 'port'> {
  readonly atUs: number
}

/**
 * A server in a process of its own, and a second one that stands by and takes its port at a given time after the first is
 * gone: booting takes no part of the outage.
 */
export class ReturningServer {
  readonly url: string
  readonly #first: ChildProcess
  readonly #second: ChildProcess
  readonly #port: number

  private constructor(first: ChildProcess, second: ChildProcess, port: number) {
    this.#first = first
    this.#second = second
    this.#port = port
    this.url = `http://127.0.0.1:${port}/`
  }

  static async start(): Promise<ReturningServer> {
    const [first, second] = [child(), child()]
    const { port } = await listen(first, 0)
    return new ReturningServer(first, second, port)
  }

  /** Process id of the one that listens first. */
  get pid(): number {
    return this.#first.pid!
  }

  /** Listens again this long after the first was ended. @returns when it did, absolute monotonic microseconds */
  async comeBackAfter(ms: number): Promise<number> {
    if (this.#first.exitCode === null && this.#first.signalCode === null) await once(this.#first, 'exit')
    await sleep(ms)
    return (await listen(this.#second, this.#port)).atUs
  }

  stop(): void {
    this.#first.kill('SIGKILL')
    this.#second.kill('SIGKILL')
  }
}

function child(): ChildProcess {
  return spawn(process.execPath, ['-e', SCRIPT], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

async function listen(server: ChildProcess, port: number): Promise<Listening> {
  server.send(port)
  const [message] = (await once(server, 'message')) as [Listening]
  return message
}
