import type { Pool } from 'undici'
import type { ContainerSocket } from './container-socket.ts'

/** What a daemon answered. */
export type DaemonAnswer =
  | { readonly kind: 'text'; readonly text: string; readonly server: string }
  /** There is no such container, or it does not run. */
  | { readonly kind: 'missing' }
  /** It does not answer as a daemon of containers does; a sentence. */
  | { readonly kind: 'failed'; readonly reason: string }

const JSON_TYPE = 'application/json'
/** Answers are a few kilobytes; lists of many containers more. */
const MOST_BYTES = 4 << 20
/** Daemons before API 1.41 wait for two samples. */
const ANSWERS_WITHIN_MS = 5000

/** Asks the daemon of Docker or Podman over its socket. Never throws. */
export class ContainerDaemon {
  readonly #socket: ContainerSocket
  readonly #withinMs: number
  #pool: Pool | null = null
  #stopped = false

  constructor(socket: ContainerSocket, withinMs: number = ANSWERS_WITHIN_MS) {
    this.#socket = socket
    this.#withinMs = withinMs
  }

  /** @param path with its query */
  async get(path: string): Promise<DaemonAnswer> {
    if ('unknown' in this.#socket) return { kind: 'failed', reason: this.#socket.unknown }
    // Loaded by those who watch containers: every start of Vitest would pay for it.
    const undici = await import('undici')
    if (this.#stopped) return { kind: 'failed', reason: 'the watch ended' }
    this.#pool ??= new undici.Pool('http://localhost', {
      socketPath: this.#socket.path,
      connections: 4,
      connect: { timeout: this.#withinMs },
      maxResponseSize: MOST_BYTES,
    })
    try {
      // The whole answer, not only its beginning, has so long.
      const signal = AbortSignal.timeout(this.#withinMs)
      const { statusCode, headers, body } = await this.#pool.request({ path, method: 'GET', signal })
      const text = await body.text()
      if (!String(headers['content-type'] ?? JSON_TYPE).startsWith(JSON_TYPE)) {
        return this.#failed('did not answer as Docker or Podman do (it sent no JSON)')
      }
      // It went away, or it does not run any more.
      if (statusCode === 404 || statusCode === 409) return { kind: 'missing' }
      if (statusCode !== 200) return this.#failed(`answered ${statusCode}: ${messageOf(text)}`)
      return { kind: 'text', text, server: String(headers['server'] ?? '') }
    } catch (error) {
      return this.#failed(this.#textOf(error as NodeJS.ErrnoException))
    }
  }

  /** What is open is closed, and nothing is asked any more; again is no harm. */
  stop(): void {
    this.#stopped = true
    // What it still waits for has nobody who waits for it.
    this.#pool?.destroy().catch(() => undefined)
    this.#pool = null
  }

  #failed(what: string): DaemonAnswer {
    const path = 'path' in this.#socket ? this.#socket.path : ''
    return { kind: 'failed', reason: `the container daemon at ${path} ${what}` }
  }

  #textOf(error: NodeJS.ErrnoException): string {
    switch (error.code) {
      case 'ENOENT':
        return 'is not there: start Docker or Podman, or name its socket in DOCKER_HOST=unix:///path'
      case 'ECONNREFUSED':
        return 'does not run: nobody listens on the socket'
      case 'EACCES':
      case 'EPERM':
        return 'does not let this user in: it takes the rights on its socket, as the group docker has'
      default:
        return error.name === 'TimeoutError' || error.code === 'UND_ERR_CONNECT_TIMEOUT'
          ? `did not answer within ${this.#withinMs / 1e3} s`
          : `did not answer as Docker or Podman do (${error.message})`
    }
  }
}

/** What a daemon says of an error, on one line. */
function messageOf(text: string): string {
  const message = /"message"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? text
  return message.replace(/\s+/g, ' ').slice(0, 120)
}
