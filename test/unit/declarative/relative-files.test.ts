import { expect, test } from 'vitest'
import { withFilesBeside } from '../../../src/declarative/relative-files.ts'

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
