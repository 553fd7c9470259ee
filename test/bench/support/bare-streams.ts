import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantiles, stampErrors } from './stream-stamps.ts'
import type { StreamResult, StreamTask } from './stream-client.ts'

const END = Buffer.from('\r\n0\r\n\r\n')

/** The floor of bench:streams: Node's own sockets and the stamps; nothing is parsed, counted or recorded. */
export async function runBareStreams(task: StreamTask, clockUs: () => number): Promise<StreamResult> {
  const { hostname: host, port } = new URL(task.url)
  const request = Buffer.from(`POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 2\r\n\r\n{}`)
  const buffer = Buffer.allocUnsafeSlow(65_536)
  const errors: number[] = []
  let tokens = 0
  let measuring = false
  const error = (us: number): void => {
    if (!measuring) return
    tokens++
    errors.push(us)
  }
  for (let i = 0; i < task.streams; i++) {
    const callback = (size: number): boolean => {
      const atUs = clockUs()
      const chunk = buffer.subarray(0, size)
      stampErrors(chunk, atUs, error)
      if (chunk.subarray(-END.length).equals(END)) socket.write(request)
      return true
    }
    const socket = connect({ host, port: Number(port), noDelay: true, onread: { buffer, callback } })
    socket.on('connect', () => socket.write(request))
    // Spread over one gap of 20 ms, as streams of different users are.
    if (i % Math.ceil(task.streams / 20) === 0) await sleep(1)
  }
  await sleep(task.leadMs)
  measuring = true
  const before = process.cpuUsage()
  await sleep(task.ms)
  const { user, system } = process.cpuUsage(before)
  measuring = false
  return { tokens, cpuUs: user + system, errorsUs: quantiles(errors) }
}
