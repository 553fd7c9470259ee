import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** An HTTP proxy: tunnels by CONNECT, and whole requests with absolute addresses. */
export class TestProxy {
  /** What it was asked: `CONNECT host:port`, `GET http://...`. */
  readonly asked: string[] = []
  /** `proxy-authorization` of each of them. */
  readonly authorizations: (string | undefined)[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #wanted: string | null

  private constructor(wanted: string | null) {
    this.#wanted = wanted
    this.#server = createServer((incoming, response) => {
      if (!this.#admit(incoming)) return void response.writeHead(407).end()
      const { url, method, headers } = incoming
      const forwarded = httpRequest(url!, { method: method!, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      })
      incoming.pipe(forwarded)
    })
    this.#server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
      this.#keep(socket)
      if (!this.#admit(incoming)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      const [host, port] = incoming.url!.split(':')
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\nvia: test\r\n\r\n')
        socket.pipe(target).pipe(socket)
      })
      this.#keep(target)
      target.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
    })
  }

  /** @param wanted `user:password` that it wants, `null` for anybody */
  static async start(wanted: string | null = null): Promise<TestProxy> {
    const proxy = new TestProxy(wanted)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #admit(incoming: IncomingMessage): boolean {
    const authorization = incoming.headers['proxy-authorization']
    this.asked.push(`${incoming.method} ${incoming.url}`)
    this.authorizations.push(authorization)
    return this.#wanted === null || authorization === `Basic ${Buffer.from(this.#wanted).toString('base64')}`
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
  }
}
