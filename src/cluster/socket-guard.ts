import { type NetConnectOpts, Socket } from 'node:net'
import { type AllowedTarget, isAllowed } from './allowed-targets.ts'

/** What a failed request shows of it. */
const REFUSED = 'ERR_TARGET_NOT_ALLOWED'

/**
 * Lets no socket of this process connect to what is not on the list: also not for a redirect, a host that a template fills
 * in, or a scenario module's own `fetch`. It holds against mistakes, not against code that means to get around it.
 */
export function guardSockets(allowed: readonly AllowedTarget[]): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the socket below
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function guarded(this: Socket, ...args: unknown[]): Socket {
    const refusal = refusalOf(args, allowed)
    if (refusal === null) return Reflect.apply(connect, this, args) as Socket
    // As if it were on its way: whoever opened it listens for its end a moment later, and may write before.
    Object.assign(this, { connecting: true })
    setImmediate(() => this.destroy(Object.assign(new Error(refusal), { code: REFUSED })))
    return this
  }
}

/** `net.connect` hands its arguments on as a list in a list; others call with options, or with port and host. */
function refusalOf(args: readonly unknown[], allowed: readonly AllowedTarget[]): string | null {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
  const options =
    typeof first === 'object' && first !== null
      ? (first as NetConnectOpts)
      : typeof first === 'number'
        ? { port: first, host: typeof second === 'string' ? second : undefined }
        : { path: String(first) }
  if ('path' in options && options.path !== undefined && options.path !== null)
    return `a unix socket is no target of this worker's --allow-target list`
  const { host = 'localhost', port } = options as { host?: string; port: number | string }
  return isAllowed(allowed, host, Number(port))
    ? null
    : `target ${host}:${port} is not on this worker's --allow-target list`
}
