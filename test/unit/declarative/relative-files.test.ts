import { expect, test } from 'vitest'
import { filesNamed, withFilesBeside } from '../../../src/declarative/relative-files.ts'

test('relative files lie beside the document, and nothing else is taken for a file', () => {
  const options = {
    data: './rows.csv',
    file: 'voices/{{name}}.wav',
    bodyFile: '/abs/body.bin',
    tls: { ca: '../ca.pem', key: '-----BEGIN KEY-----' },
    multipart: { voice: { path: 'a.wav' } },
    source: 'file:///x/visit.scenario.ts',
    stages: { encode: { path: 'timings.encode' } },
    headers: { file: 'kept' },
    body: { data: 'kept', file: './kept' },
  }
  expect(withFilesBeside('/suite/a.perf.yaml', { chat: options, rows: { data: [{ file: 'kept' }] } })).toEqual({
    chat: {
      ...options,
      data: '/suite/rows.csv',
      file: '/suite/voices/{{name}}.wav',
      tls: { ...options.tls, ca: '/ca.pem' },
      multipart: { voice: { path: '/suite/a.wav' } },
    },
    rows: { data: [{ file: 'kept' }] },
  })
})

test('a module beside the document is named by its URL', () => {
  expect(withFilesBeside('/suite/a.perf.yaml', { module: { source: './visit.ts' } })).toEqual({
    module: { source: 'file:///suite/visit.ts' },
  })
})

test('the files that are named are told once each, a socket and what comes over the network left out', () => {
  const data = {
    one: { data: './rows.csv', bodyFile: '/abs/body.bin', socketPath: './s.sock' },
    two: { data: 'rows.csv', file: 'v/{{n}}.wav', source: 'file:///x/visit.ts', headers: { file: 'kept' } },
    three: { data: 'https://example.org/rows.csv', tls: { ca: '../ca.pem', key: '-----BEGIN KEY-----' } },
  }
  expect(filesNamed('/suite/a.perf.yaml', data)).toEqual([
    '/suite/rows.csv',
    '/abs/body.bin',
    '/suite/v/{{n}}.wav',
    '/x/visit.ts',
    '/ca.pem',
  ])
})
