import { type ChildProcess, fork } from 'node:child_process'
import { createServer } from 'node:net'

/** Length of the windows that arrivals are counted in. */
export const WINDOW_US = 10_000

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok'

type Command = { readonly kind: 'count'; readonly fromUs: number; readonly windows: number } | { readonly kind: 'tell' }

/** A server in a process of its own that answers at once and counts when requests came, by a clock all processes share. */
export interface ArrivalCounter {
  readonly pid: number
  readonly url: string
  /** Counts anew, from a time on. */
  count(fromUs: number, windows: number): void
  counts(): Promise<readonly number[]>
  stop(): void
}

/** Starts this very program again as the server; see {@link serveIfAsked}. */
export async function startArrivalCounter(): Promise<ArrivalCounter> {
  const child: ChildProcess = fork(process.argv[1]!, ['serve'])
  const next = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve))
  const port = await next()
  const send = (command: Command): void => void child.send(command)
  return {
    pid: child.pid!,
    url: `http://127.0.0.1:${String(port)}/`,
    count: (fromUs, windows) => send({ kind: 'count', fromUs, windows }),
    counts: async () => {
      send({ kind: 'tell' })
      return (await next()) as readonly number[]
    },
    stop: () => void child.kill(),
  }
}

/** In the process that was started as the server: serves, and says so. It ends with its parent. */
export function serveIfAsked(): boolean {
  if (process.argv[2] !== 'serve') return false
  let counts: number[] = []
  let fromUs = Infinity
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    // A piece is a request: the generator never has two on a connection, and its requests are small.
    socket.on('data', () => {
      socket.write(ANSWER)
      const window = Math.floor((Number(process.hrtime.bigint() / 1000n) - fromUs) / WINDOW_US)
      if (window >= 0 && window < counts.length) counts[window]!++
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send!(typeof address === 'object' ? address!.port : 0)
  })
  process.on('message', (command: Command) => {
    if (command.kind === 'tell') return process.send!(counts)
    counts = Array.from<number>({ length: command.windows }).fill(0)
    fromUs = command.fromUs
  })
  process.on('disconnect', () => process.exit(0))
  return true
}
