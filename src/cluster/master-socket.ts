import type { ClusterPackages } from './cluster-packages.ts'

/** A connection to a Locust master under one name. */
export interface MasterSocket {
  /** In order; what cannot be sent because the connection is closed is dropped. */
  send(bytes: Uint8Array): void
  /** Resolves when it is closed; what was sent shortly before still goes out. */
  close(): Promise<void>
}

/** What a connection tells. */
export interface MasterSocketListener {
  /** The master can be reached, for the first time or again. */
  connected(): void
  /** It cannot; the socket tries again by itself. */
  disconnected(): void
  received(bytes: Uint8Array): void
}

/** Opens a connection under a name. */
export type OpenMasterSocket = (nodeId: string, listener: MasterSocketListener) => MasterSocket

/** How long a closing socket waits for the network to take what was sent. */
const LINGER_MS = 300
/** A peer that does not answer ZeroMQ's own pings for so long is gone, also where no packet says so. */
const PING_EVERY_MS = 1000
const PING_WITHIN_MS = 3000
const RECONNECT_MS = 250
const RECONNECT_MOST_MS = 2000

/**
 * Connections to a master by ZeroMQ: a DEALER whose routing id is the node's name, as Locust's workers have.
 * @param address `tcp://host:port`
 * @see locust/rpc/zmqrpc.py
 */
export function masterSockets({ zeromq }: Pick<ClusterPackages, 'zeromq'>, address: string): OpenMasterSocket {
  return (nodeId, listener) => {
    const socket = new zeromq.Dealer({
      routingId: nodeId,
      ipv6: address.includes('['),
      linger: LINGER_MS,
      heartbeatInterval: PING_EVERY_MS,
      heartbeatTimeout: PING_WITHIN_MS,
      reconnectInterval: RECONNECT_MS,
      reconnectMaxInterval: RECONNECT_MOST_MS,
      // Nothing is dropped here while this process is busy.
      receiveHighWaterMark: 0,
      // What waits for a master that is gone would reach the next one.
      immediate: true,
    })
    let closed = false
    let sending: Promise<void> = Promise.resolve()
    socket.events.on('handshake', () => closed || listener.connected())
    socket.events.on('disconnect', () => closed || listener.disconnected())
    const receiving = receive(socket, (bytes) => closed || listener.received(bytes))
    socket.connect(address)
    return {
      send: (bytes) => {
        // One at a time: a socket takes no second message while the first waits.
        sending = sending.then(() => (closed ? undefined : socket.send(bytes))).catch(() => undefined)
      },
      close: async () => {
        await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, LINGER_MS))])
        closed = true
        socket.close()
        await receiving
      },
    }
  }
}

/** Until the socket is closed. */
async function receive(
  socket: AsyncIterable<readonly Uint8Array[]>,
  received: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const [bytes] of socket) if (bytes !== undefined) received(bytes)
}
