import { afterAll, beforeAll } from 'vitest'
import { LoadError } from '../domain/load-error.ts'
import { type RunningServer, type ServerOptions, startServer } from './server-process.ts'
import { specSettings } from './settings.ts'

/** Built entry of the process between a spec and a command that it starts. */
export const SUPERVISOR: URL = new URL('./server-supervisor.js', import.meta.url)

/** Address of a server that was not started because no load will run; nothing listens on the discard port. */
const IDLE_SERVER: RunningServer = {
  url: 'http://127.0.0.1:9',
  pid: process.pid,
  id: 'none',
  readyMs: 0,
  output: () => '',
  kill: () => Promise.resolve(true),
  restart: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

/** Servers that one spec file has started. */
export class FileServers {
  readonly #started = new Map<string, Promise<RunningServer>>()

  /** Starts a server, or gives the one that runs with the same options. @throws LoadError `server-failed`, `invalid-option` */
  start = (options: ServerOptions): Promise<RunningServer> => {
    const key = JSON.stringify(options, (_, value: unknown) => (value instanceof RegExp ? String(value) : value))
    const running = this.#started.get(key) ?? start(options)
    this.#started.set(key, running)
    return running
  }

  async stopAll(): Promise<void> {
    const settled = await Promise.allSettled(this.#started.values())
    await Promise.all(settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value.stop()] : [])))
  }
}

/**
 * Declares the thing under test at the top of a file or a suite: it starts before the tests there and stops after them,
 * and never outlives Vitest. The result is usable as `baseUrl` at once; its `url` is known when the tests run.
 * @throws LoadError `server-failed` (in the hook) with the command's last output; `invalid-option`
 */
export function server(options: ServerOptions): RunningServer {
  let running: RunningServer | undefined
  const started = (): RunningServer => {
    if (running !== undefined) return running
    throw new LoadError('wrong-context', 'server(): not started yet: its address is known when the tests run', {
      hint: 'hand the server itself to a scenario: openai.chat({ baseUrl: llm, ... })',
    })
  }
  beforeAll(async () => {
    running = await start(options)
  }, 0)
  afterAll(() => running?.stop(), 0)
  return {
    get url() {
      return started().url
    },
    get pid() {
      return started().pid
    },
    get id() {
      return started().id
    },
    get readyMs() {
      return started().readyMs
    },
    output: () => started().output(),
    kill: (signal) => started().kill(signal),
    restart: () => started().restart(),
    stop: () => started().stop(),
  }
}

/** @throws LoadError `server-failed`, `invalid-option` */
export function start(options: ServerOptions): Promise<RunningServer> {
  if (specSettings().idle !== null) return Promise.resolve(IDLE_SERVER)
  return startServer(options, SUPERVISOR)
}
