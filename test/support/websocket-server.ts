import { createServer, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'

/** A WebSocket server that does with each connection what a test says. */
export class TestWebSockets {
  connections = 0
  /** Codes that connections were closed with. */
  readonly closings: number[] = []
  /** The opening requests' headers. */
  readonly headers: Readonly<Record<string, unknown>>[] = []
  readonly #server: Server
  readonly #webSockets: WebSocketServer
  readonly #scheme: string

  private constructor(onOpen: (socket: WebSocket) => void, { tls, ...options }: TestWebSocketOptions) {
    this.#scheme = tls === undefined ? 'ws' : 'wss'
    this.#server = tls === undefined ? createServer() : createSecure(tls)
    this.#webSockets = new WebSocketServer({ ...options, server: this.#server })
    this.#webSockets.on('connection', (socket, request) => {
      this.connections++
      this.headers.push(request.headers)
      socket.on('error', () => {})
      socket.on('close', (code) => this.closings.push(code))
      onOpen(socket)
    })
  }

  static async start(onOpen: (socket: WebSocket) => void, options: TestWebSocketOptions = {}): Promise<TestWebSockets> {
    const server = new TestWebSockets(onOpen, options)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `${this.#scheme}://${this.host}`
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.#webSockets.clients) socket.terminate()
    this.#webSockets.close()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

type TestWebSocketOptions = Pick<ServerOptions, 'handleProtocols' | 'verifyClient'> & {
  readonly tls?: { readonly cert: string; readonly key: string }
}
