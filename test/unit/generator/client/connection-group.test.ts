import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../../src/domain/scenario.ts'
import { SharedConnections } from '../../../../src/generator/client/shared-connections.ts'
import { UserConnections } from '../../../../src/generator/client/user-connections.ts'
import { http, type HttpOptions } from '../../../../src/scenarios/http.ts'
import { requestBench, send, type Sent } from '../../../support/request-bench.ts'

const { cleanup } = requestBench()
const HELD_MS = 60

/** A server that holds each answer a known time and knows how many connections it had. */
async function serve(listener: RequestListener): Promise<{ url: string; connections: () => number }> {
  let connections = 0
  const server = createServer(listener)
  server.on('connection', () => connections++)
  cleanup(() => (server.closeAllConnections(), server.close()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections }
}
const held: RequestListener = (_request, response) => void setTimeout(() => response.end('ok'), HELD_MS)

/** Users of one generator. */
function usersOf(count: number): UserConnections[] {
  const now = (): number => Math.floor(performance.now() * 1000)
  const shared = new SharedConnections(now, ({ maxConnections }) => maxConnections!)
  const users = Array.from({ length: count }, () => new UserConnections(now, shared))
  cleanup(() => (users.forEach((user) => user.close()), shared.close()))
  return users
}
const get = (user: UserConnections, url: string, options: HttpOptions): Promise<Sent> =>
  send(user, url, http.get(url, options).plan() as HttpScenarioPlan)

describe('a limit of connections', () => {
  test('is kept: requests wait their turn, and the wait is before they are sent', async () => {
    const server = await serve(held)
    const all = await Promise.all(usersOf(6).map((user) => get(user, server.url, { maxConnections: 2 })))
    expect(server.connections()).toBe(2)
    expect(all.map(({ observation }) => observation.failure)).toEqual(Array.from({ length: 6 }, () => null))
    // Two at once, then two after one answer, then two after two.
    for (const [i, { observation }] of all.entries()) {
      const wait = observation.sentAt! - observation.dispatchedAt
      expect(wait).toBeGreaterThanOrEqual(Math.floor(i / 2) * HELD_MS * 1000 - 2000)
      const freedAt = all[i - 2]?.observation.endedAt ?? observation.dispatchedAt
      expect(observation.sentAt! - freedAt).toBeLessThan(200_000)
    }
  })

  test('counts for each origin on its own', async () => {
    const [one, other] = [await serve(held), await serve(held)]
    const [first, second] = usersOf(2)
    await Promise.all([get(first!, one.url, { maxConnections: 1 }), get(second!, other.url, { maxConnections: 1 })])
    expect([one.connections(), other.connections()]).toEqual([1, 1])
  })

  test('lets a request wait longer than connecting may take, but not longer than the request may', async () => {
    const server = await serve((_request, response) => void setTimeout(() => response.end('ok'), 400))
    const [first, second, third] = usersOf(3)
    const options = { maxConnections: 1, timeout: { connect: '300ms', total: '650ms' } } as const
    const all = await Promise.all([first!, second!, third!].map((user) => get(user, server.url, options)))
    expect(all.map(({ observation }) => observation.failure?.detail ?? 'good')).toEqual(['good', 'total', 'total'])
    expect(all[1]!.observation.sentAt! - all[1]!.observation.dispatchedAt).toBeGreaterThan(390_000)
  })

  test('loses no place when a connection breaks or a waiting request is given up', async () => {
    let answers = 0
    const server = await serve((request, response) => {
      if (++answers === 1) setTimeout(() => request.socket.destroy(), 20)
      else response.end('ok')
    })
    const users = usersOf(3)
    const options = { maxConnections: 1 }
    const [broken, given, good] = await Promise.all([
      get(users[0]!, server.url, options),
      send(users[1]!, server.url, http.get(server.url, options).plan() as HttpScenarioPlan, (run) => run.abort()),
      get(users[2]!, server.url, options),
    ])
    expect(broken.observation.failure).toMatchObject({ kind: 'connection' })
    expect(given.observation.failure).toMatchObject({ kind: 'aborted' })
    expect(good.observation.failure).toBeNull()
  })
})
