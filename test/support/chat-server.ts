import { createServer, type Server } from 'node:http'

/** A request as the server saw it. */
export interface ChatRecord {
  /** Unix time of its arrival, milliseconds. */
  readonly atMs: number
  /** From its arrival to the last byte's hand-over, milliseconds. */
  tookMs: number | null
}

const TOKENS = 8
const SHORTEST_MS = 400
const LONGEST_MS = 1600

/** Streams chat answers whose length is known, and keeps a record of every one. */
export class ChatServer {
  /** By the model that was asked for. */
  readonly records: Map<string, ChatRecord[]> = new Map()
  readonly #server: Server
  #answered = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(host: string): Promise<ChatServer> {
    const server = createServer()
    const chat = new ChatServer(server)
    server.on('request', (request, response) => {
      const startMs = performance.now()
      const atMs = Date.now()
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => (body += part))
      request.on('end', () => {
        const { model } = JSON.parse(body) as { model: string }
        const record: ChatRecord = { atMs, tookMs: null }
        chat.records.set(model, [...(chat.records.get(model) ?? []), record])
        // Evenly spread over the range, whatever the order of arrival.
        const lastMs = SHORTEST_MS + ((chat.#answered++ * 0.618) % 1) * (LONGEST_MS - SHORTEST_MS)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (let token = 1; token <= TOKENS; token++) {
          setTimeout(
            () => {
              if (response.destroyed) return
              response.write(`data: {"choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}\n\n`)
              if (token < TOKENS) return
              response.end(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`)
              record.tookMs = performance.now() - startMs
            },
            (lastMs * token) / TOKENS,
          )
        }
      })
    })
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return chat
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
