import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { SERVER_VARIABLE } from '../domain/monitor-plan.ts'
import { describe, type Duration, DURATION_FORM, durationUs } from '../domain/quantity.ts'
import { optionsError } from '../domain/options-error.ts'
import { nowUs } from '../domain/shared-clock.ts'
import { requireSignal } from './process-signal.ts'
import { SupervisedProcess } from './supervised-process.ts'

/** A ready URL is asked this often; output is looked at when it comes. */
const POLL_MS = 25

const SERVER_OPTIONS = z.strictObject({
  command: z.union(
    [z.string().trim().min(1), z.tuple([z.string()]).rest(z.string())],
    'takes a command line or a list of program and arguments',
  ),
  ready: z.union(
    [z.string().min(1), z.instanceof(RegExp), z.strictObject({ url: z.url() })],
    'takes a text, a pattern or { url }',
  ),
  url: z.url('takes a URL').optional(),
  env: z.record(z.string(), z.string(), 'takes an object of texts').optional(),
  cwd: z.string('takes a directory').optional(),
  timeout: z.custom((input) => durationUs(input) !== null, `takes ${DURATION_FORM}`).optional(),
})

/** How to start the thing under test. */
export interface ServerOptions {
  /** Command line for the shell, or program and arguments. */
  readonly command: string | readonly [string, ...string[]]
  /**
   * When it is ready: a text or pattern in its output, or a URL that answers with a status below 500. A pattern's first
   * group, or else the first `http://...` in the matching line, becomes `url`.
   */
  readonly ready: string | RegExp | { readonly url: string }
  /** Address of the server, when its output does not tell. @default the ready URL's origin, or what the output says */
  readonly url?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** @default the current directory */
  readonly cwd?: string
  /** How long it may take to become ready. @default '60s' */
  readonly timeout?: Duration
}

/** A server that a spec started. Usable as `baseUrl` of a scenario. */
export interface RunningServer {
  readonly url: string
  /** Process id of the command (its shell), for monitors, which follow it; another one after a restart. */
  readonly pid: number
  /** Tells it from every other server; the same after a restart. */
  readonly id: string
  /** Milliseconds from the last start of its process until it was ready; a ready URL is asked every 25 ms. */
  readonly readyMs: number
  /** The last 16 KiB that it printed, since its last start. */
  output(): string
  /**
   * Sends a signal to all of its processes. A signal that ends them is waited for, one that they may catch for a second.
   * @returns whether it is gone
   * @throws LoadError `server-failed` when it does not run
   */
  kill(signal?: NodeJS.Signals): Promise<boolean>
  /**
   * Ends it, if it still runs, starts the same command again and waits until it is ready. A load that is under way keeps
   * the address that it began with: let the command name its port.
   * @throws LoadError `server-failed` when it does not become ready again
   */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a command and waits until it is ready.
 * @throws LoadError `server-failed` with the last output; `invalid-option`
 */
export async function startServer(options: ServerOptions, supervisorEntry: URL): Promise<RunningServer> {
  const { command, ready, env = {}, cwd = process.cwd(), timeout = '60s', url: known } = validated(options)
  const withinMs = durationUs(timeout)! / 1000
  const line = typeof command === 'string' ? command : commandLine(command)
  const id = randomUUID()
  const start = async (): Promise<Started> => {
    const supervised = new SupervisedProcess(line, cwd, { ...env, [SERVER_VARIABLE]: id }, supervisorEntry)
    try {
      return { process: supervised, ...(await untilReady(ready, known, withinMs, line, supervised)) }
    } catch (error) {
      await supervised.stop()
      throw error
    }
  }
  let running = await start()
  return {
    get url() {
      return running.url
    },
    get pid() {
      return running.process.pid!
    },
    get readyMs() {
      return running.readyMs
    },
    id,
    output: () => running.process.output,
    kill: (signal = 'SIGKILL') => running.process.kill(requireSignal(signal)),
    restart: async () => {
      await running.process.stop()
      running = await start()
    },
    stop: () => running.process.stop(),
  }
}

/** A process that has become ready. */
interface Started extends Ready {
  readonly process: SupervisedProcess
}

interface Ready {
  readonly url: string
  readonly readyMs: number
}

async function untilReady(
  ready: ServerOptions['ready'],
  url: string | undefined,
  withinMs: number,
  command: string,
  state: Pick<SupervisedProcess, 'output' | 'exited' | 'pid' | 'startedUs' | 'outputUs' | 'heard'>,
): Promise<Ready> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const asked = typeof ready === 'object' && 'url' in ready
    const found = asked ? await answering(ready.url) : printed(ready, state.output)
    if (found !== null && state.pid !== null && state.startedUs !== null) {
      const address = url ?? found
      const readyUs = asked ? nowUs() : state.outputUs!
      if (address !== '') return { url: address.replace(/\/+$/, ''), readyMs: (readyUs - state.startedUs) / 1e3 }
      throw new LoadError('server-failed', `server(): ready, but its address is unknown: ${command}`, {
        hint: 'give `url`, or a `ready` pattern whose first group is the address, e.g. /listening on (\\S+)/',
      })
    }
    const output = state.output === '' ? 'it printed nothing' : `its last output:\n${state.output.trimEnd()}`
    if (state.exited !== null)
      throw new LoadError(
        'server-failed',
        `server(): ended before it was ready (${state.exited}): ${command}\n${output}`,
      )
    if (performance.now() > deadline) {
      throw new LoadError('server-failed', `server(): not ready within ${withinMs / 1000} s: ${command}\n${output}`, {
        hint: `ready is ${ready instanceof RegExp ? String(ready) : describe(ready)}; raise \`timeout\` when it needs longer`,
      })
    }
    await state.heard(POLL_MS)
  }
}

/** The address in the first output line that matches, `''` when the line has none, `null` when none matches yet. */
function printed(ready: string | RegExp, output: string): string | null {
  for (const line of output.split(/\r?\n/)) {
    const match =
      typeof ready === 'string'
        ? line.includes(ready)
          ? [line]
          : null
        : new RegExp(ready.source, ready.flags.replace(/[gy]/g, '')).exec(line)
    if (match !== null) return match[1] ?? /https?:\/\/[^\s'"<>]+/.exec(line)?.[0] ?? ''
  }
  return null
}

async function answering(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000), redirect: 'manual' })
    await response.body?.cancel()
    return response.status < 500 ? new URL(url).origin : null
  } catch {
    return null
  }
}

function validated(options: unknown): ServerOptions {
  const result = SERVER_OPTIONS.safeParse(options)
  if (!result.success)
    throw optionsError('server(options)', result.error.issues, options, Object.keys(SERVER_OPTIONS.shape))
  return options as ServerOptions
}

/** Program and arguments as a line for the platform's shell. */
export function commandLine(command: readonly string[]): string {
  return command.map(quoted).join(' ')
}

/** One argument for the platform's shell. */
function quoted(argument: string): string {
  return process.platform === 'win32' ? `"${argument.replaceAll('"', '""')}"` : `'${argument.replaceAll("'", `'\\''`)}'`
}
