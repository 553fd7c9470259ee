import { createServer, type Server, type Socket } from 'node:net'

/** A TCP server that does with each connection what a test says, byte by byte. */
export class ScriptedServer {
  connections = 0
  /** What arrived, one text per piece. */
  readonly received: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(onData: (socket: Socket, request: string, connection: number) => void) {
    this.#server = createServer((socket) => {
      const connection = ++this.connections
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('data', (data) => {
        this.received.push(data.toString('latin1'))
        onData(socket, data.toString('latin1'), connection)
      })
    })
  }

  static async start(onData: (socket: Socket, request: string, connection: number) => void): Promise<ScriptedServer> {
    const server = new ScriptedServer(onData)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get origin(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  /** Closes the connections that are open now. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end()
    this.#sockets.clear()
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
