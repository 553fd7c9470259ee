import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ProxyPlan } from '../../domain/transport-plan.ts'
import { UnfitPeer } from './connect-error.ts'

/** A longer answer to CONNECT is no answer. */
const MAX_HEAD_BYTES = 65_536
const HEAD_END = '\r\n\r\n'

/**
 * Asks a proxy on an open socket for a tunnel.
 * @param authority `host:port`
 * @param done called once; with an error when there is no tunnel
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export function openTunnel(
  socket: Socket,
  { host, port, authorization }: ProxyPlan,
  authority: string,
  done: (error: Error | null) => void,
): void {
  const proxy = `the proxy ${host}:${port}`
  let head = ''
  const finish = (error: Error | null): void => {
    socket.off('data', read)
    socket.off('close', closed)
    socket.pause()
    done(error)
  }
  const closed = (): void =>
    finish(new UnfitPeer('proxy', `${proxy} closed the connection without opening a tunnel to ${authority}`))
  const read = (chunk: Buffer): void => {
    head += chunk.toString('latin1')
    const end = head.indexOf(HEAD_END)
    if (end < 0 && head.length < MAX_HEAD_BYTES) return
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
    if (status < 200 || status > 299 || end < 0)
      return finish(refusal(proxy, authority, status, authorization !== null))
    const rest = head.slice(end + HEAD_END.length)
    if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'))
    finish(null)
  }
  socket.on('data', read)
  socket.once('close', closed)
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `host: ${authority}`,
    ...(authorization === null ? [] : [`proxy-authorization: ${authorization}`]),
  ]
  socket.write(lines.join('\r\n') + HEAD_END)
}

function refusal(proxy: string, authority: string, status: number, authorized: boolean): UnfitPeer {
  if (status === 0) return new UnfitPeer('proxy', `${proxy} does not answer in HTTP`)
  const advice =
    status !== 407
      ? ''
      : authorized
        ? '; it does not take the user and password of the option proxy'
        : "; give user and password: proxy: 'http://user:password@host:port'"
  return new UnfitPeer(
    'proxy',
    `${proxy} opened no tunnel to ${authority}: ${status} ${STATUS_CODES[status] ?? ''}${advice}`,
  )
}
