import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { watchedFiles } from '../../../src/declarative/watched-files.ts'

const TEXT = `scenarios:
  chat: { http.get: { url: "\${NOT_SET}/", data: "\${ROWS:-./rows.csv}" } }
  asr: { transcription: { url: /asr, file: "voices/v{{ n }}.wav" } }
  any: { transcription: { url: /asr, file: "{{path}}" } }
tests: {}
`

test('watches what a suite names, and the files that a template in a name stands for', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'watched-files-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'voices'))
  for (const name of ['v1.wav', 'v2.wav', 'v2xwav', 'w1.wav']) writeFileSync(join(directory, 'voices', name), '')
  const files = await watchedFiles(join(directory, 'a.perf.yaml'), TEXT, { ROWS: 'other.jsonl' })
  expect(files.map((file) => file.slice(directory.length)).sort()).toEqual([
    '/other.jsonl',
    '/voices/v1.wav',
    '/voices/v2.wav',
  ])
})
