import { expect, test } from 'vitest'
import type { RunningServer } from '../../../src/spec/server-process.ts'
import { suiteServers, withServers } from '../../../src/spec/suite-servers.ts'

const started = { url: 'http://127.0.0.1:1' } as RunningServer
test('servers are named as base URLs and as watched processes, and one that runs elsewhere has no process', () => {
  const servers = suiteServers(
    {
      here: { command: 'serve', ready: 'listening', unless: '' },
      there: { command: 'serve', ready: 'listening', unless: 'http://far:1' },
    },
    (options) => {
      expect(options).toEqual({ command: 'serve', ready: 'listening' })
      return started
    },
  )
  const process = [{ server: 'here' }, { server: 'here', as: 'llm' }, { server: 'there' }, { port: 5 }]
  expect(
    withServers(
      {
        a: { baseUrl: { server: 'here' }, body: { server: 'here' } },
        b: { baseUrl: { server: 'there' } },
        monitors: { process },
        one: { process: { server: 'there' } },
      },
      servers,
    ),
  ).toEqual({
    a: { baseUrl: started, body: { server: 'here' } },
    b: { baseUrl: 'http://far:1' },
    monitors: { process: [{ as: 'here', server: started }, { server: started, as: 'llm' }, { port: 5 }] },
    one: {},
  })
})
