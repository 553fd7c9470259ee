/*
 * `npm run bench:streams [-- --seconds 6]`: token streams on one generator core. How exactly each chunk's arrival is stamped
 * while many streams of 50 tokens/s run, against the time that the server (C, epoll) put into it when it handed it to its
 * socket; what a token costs; and how many tokens/s a core takes when they come as fast as they can.
 *
 * The client's process has one core, the server another. Between socket and recorder it is the engine's own code, recording
 * included; comparing the stamps is the bench's, and costs about a microsecond a token on top.
 */
import { fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { sharedClock } from '../../src/domain/shared-clock.ts'
import { GENERATOR_OPTIONS } from '../../src/pool/generator-process.ts'
import { bundleFolder } from '../support/generator-fork.ts'
import { pin } from './support/core-use.ts'
import { option, printTable } from './support/figures.ts'
import { compileC, startServer } from './support/native-server.ts'
import { runStreams, type StreamResult, type StreamTask } from './support/stream-client.ts'

const CLIENTS = ['wire', 'undici'] as const
const COUNTS = [64, 250, 500, 1000]
const GAP_US = 20_000
/** Tokens/s that a core of a prototype took: own reader on a socket, lazy reader on undici. */
const PROTOTYPE = { wire: 223_000, undici: 186_000 }

if (process.argv[2] === 'client') await serveTask()
else await main()

async function main(): Promise<void> {
  const seconds = option('seconds', 6)
  const folder = bundleFolder()
  try {
    const program = compileC('stream-server', folder)
    const p99Us = new Map<string, number>()
    const rows = [['client', 'streams', 'tokens/s', 'stamp error p50', 'p90', 'p99', 'max', 'us CPU/token']]
    for (const streams of COUNTS) {
      for (const client of ['bare', ...CLIENTS] as const) {
        const { tokens, cpuUs, errorsUs } = await take(program, GAP_US, { client, streams, ms: seconds * 1000 })
        p99Us.set(`${client} ${streams}`, errorsUs[2] ?? Number.NaN)
        const perSecond = (tokens / seconds).toFixed(0)
        rows.push([client, String(streams), perSecond, ...errorsUs.map(microseconds), (cpuUs / tokens).toFixed(1)])
      }
    }
    printTable(rows)
    const flat: number[] = []
    for (const client of CLIENTS) flat.push(await flatOut(program, client, seconds))
    console.log('')
    goal('undici, 250 streams, p99 error', p99Us.get('undici 250')!, 1000)
    goal('wire, 500 streams, p99 error', p99Us.get('wire 500')!, 1000)
    goal('wire, 1,000 streams, p99 error', p99Us.get('wire 1000')!, 2000)
    CLIENTS.forEach((client, i) => {
      const mark = flat[i]! >= PROTOTYPE[client] ? 'met    ' : 'NOT MET'
      const figures = `${Math.round(flat[i]!)} tokens/s per core, ${(flat[i]! / PROTOTYPE[client]).toFixed(2)} of the prototype's`
      console.log(`${mark}  ${client}, as fast as they come: ${figures}`)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tokens per second of CPU when the server never waits. */
async function flatOut(program: string, client: StreamTask['client'], seconds: number): Promise<number> {
  const { tokens, cpuUs } = await take(program, 0, { client, streams: 8, ms: seconds * 1000, stamps: false })
  return tokens / (cpuUs / 1e6)
}

async function take(
  program: string,
  gapUs: number,
  task: Pick<StreamTask, 'client' | 'streams' | 'ms'> & Partial<StreamTask>,
): Promise<StreamResult> {
  const tokens = gapUs === 0 ? 1000 : 500
  const server = await startServer(program, [String(tokens), String(gapUs)], 0)
  const child = fork(process.argv[1]!, ['client'], { serialization: 'advanced', execArgv: [...GENERATOR_OPTIONS] })
  try {
    pin(child.pid!, availableParallelism() - 1)
    const url = `http://127.0.0.1:${server.port}`
    const asked: StreamTask = { url, leadMs: 2000, stamps: true, ...task }
    child.send(asked)
    return await new Promise((resolve, reject) => {
      child.once('message', (result) => resolve(result as StreamResult))
      child.once('exit', (code) => reject(new Error(`the client's process ended with ${code}`)))
    })
  } finally {
    child.removeAllListeners('exit')
    child.kill()
    server.stop()
  }
}

/** In the process that was started as the client. */
async function serveTask(): Promise<void> {
  process.on('disconnect', () => process.exit(0))
  const task = await new Promise<StreamTask>((resolve) =>
    process.once('message', (message) => resolve(message as StreamTask)),
  )
  process.send!(await runStreams(task, sharedClock()))
}

function goal(claim: string, us: number, atMostUs: number): void {
  console.log(
    `${us < atMostUs ? 'met    ' : 'NOT MET'}  ${claim}: ${microseconds(us)} (goal: below ${microseconds(atMostUs)})`,
  )
}

function microseconds(us: number): string {
  return us < 10_000 ? `${Math.round(us)} us` : `${(us / 1e3).toFixed(1)} ms`
}
