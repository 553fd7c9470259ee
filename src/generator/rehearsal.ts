import { createServer, type Server, type Socket } from 'node:net'
import { NOTHING_GENERATED } from '../domain/observation.ts'
import { type ScenarioPlan, singlePlans } from '../domain/scenario.ts'
import { type Client, PLAIN_TRANSPORT } from '../domain/transport-plan.ts'
import type { PreparedRequest, RequestScenario, ResponseReader } from '../scenarios/exchange.ts'
import { LoadRecords } from './load-records.ts'
import { OUTSIDE_WINDOWS } from '../pool/protocol.ts'
import { Recorder } from './recorder.ts'
import { RequestIterations } from './request-iterations.ts'
import { undici } from './client/undici-connection.ts'
import { UserConnections } from './client/user-connections.ts'

const REQUESTS = 300
const AT_ONCE = 4
const LONGEST_MS = 1000
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok'

/**
 * Sends some requests to a server of its own inside this process, so that the client's code is loaded and compiled
 * before the clock starts: otherwise the first answers of every load would look several milliseconds slower than they
 * were. Where no such server may be opened, the load simply starts cold.
 */
export async function rehearse(now: () => number, plan: ScenarioPlan): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    // One piece is one request: the client never has two on a connection.
    socket.on('data', () => socket.write(ANSWER))
  })
  // What a module sends is not known yet.
  if (singlePlans(plan).some(({ kind }) => kind === 'module')) undici()
  const users = Array.from({ length: AT_ONCE }, () => new UserConnections(now))
  try {
    const origin = await listen(server)
    await Promise.race([
      Promise.all(users.map((connections) => sendAll(scenarioTo(origin, plan), connections, now))),
      new Promise((resolve) => setTimeout(resolve, LONGEST_MS).unref()),
    ])
  } catch {
    // Starting cold is not a failure of the load.
  } finally {
    for (const user of users) user.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(`http://127.0.0.1:${address.port}`)
    })
  })
}

async function sendAll(scenario: RequestScenario, connections: UserConnections, now: () => number): Promise<void> {
  const windowAt = (): number => OUTSIDE_WINDOWS
  const recorder = new Recorder({ windowAt, openLoad: true, slo: null })
  const iterations = new RequestIterations(scenario, new LoadRecords('rehearsal', recorder, now), () => {})
  for (let k = 0; k < REQUESTS / AT_ONCE; k++) {
    const atUs = now()
    // Putting a delta together is rehearsed with the rest.
    recorder.drain()
    await new Promise<void>((ended) =>
      iterations.start({ k, user: 0, connections, scheduledAt: atUs, dispatchedAt: atUs }, ended),
    )
  }
}

/** Requests by the clients that the load will use; those of scenario modules are not known yet. */
function scenarioTo(origin: string, plan: ScenarioPlan): RequestScenario {
  const clients = [
    ...new Set(
      singlePlans(plan).map((single): Client => (single.kind === 'module' ? 'wire' : single.transport.client)),
    ),
  ]
  const timeout = { connectUs: 1e6, headersUs: 1e6, chunkUs: 1e6, totalUs: 1e6 }
  const request: PreparedRequest = {
    name: 'rehearsal',
    method: 'GET',
    origin,
    path: '/',
    headers: ['accept', '*/*'],
    body: null,
    timeout,
    maxRedirects: 0,
    transport: PLAIN_TRANSPORT,
  }
  const nothing = {
    ...NOTHING_GENERATED,
    stages: null,
  }
  const reader: ResponseReader = {
    head: () => {},
    data: () => {},
    end: () => ({ ...nothing, failure: null }),
    fail: (failure) => ({ ...nothing, failure }),
    text: () => '',
    visibleText: () => '',
  }
  const requests = clients.map((client) => ({ ...request, transport: { ...PLAIN_TRANSPORT, client } }))
  return { prepare: (k) => requests[k % requests.length]!, classOf: null, reader: () => reader }
}
