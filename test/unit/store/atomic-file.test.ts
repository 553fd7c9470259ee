import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LoadError } from '../../../src/domain/load-error.ts'
import { freeName, makeDirectory, readJson, writeFileAtomic } from '../../../src/store/atomic-file.ts'
import { temporaryDirectory } from './samples.ts'

describe('writeFileAtomic', () => {
  test('makes missing directories and leaves nothing but the file', async () => {
    const path = join(temporaryDirectory(), 'a', 'b', 'file.json')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, 'two')
    expect(readFileSync(path, 'utf8')).toBe('two')
    expect(readdirSync(join(path, '..'))).toEqual(['file.json'])
  })

  test('removes its draft and keeps the target when it cannot finish', async () => {
    const directory = temporaryDirectory()
    // A directory in the file's place: the draft is written, the rename fails.
    mkdirSync(join(directory, 'file.json', 'inside'), { recursive: true })
    await expect(writeFileAtomic(join(directory, 'file.json'), 'one')).rejects.toThrow(
      /^cannot write .*file\.json: E[A-Z]+: /,
    )
    expect(readdirSync(directory)).toEqual(['file.json'])
  })

  test('says which file and why when the disk refuses', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'plain'), '')
    const path = join(directory, 'plain', 'deep', 'file.json')
    const error = await writeFileAtomic(path, 'one').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(LoadError)
    expect(error).toMatchObject({ code: 'store-failed' })
    expect((error as LoadError).message).toContain(path)
    expect((error as LoadError).message).toMatch(/ENOTDIR: not a directory$/)
  })
})

describe('makeDirectory', () => {
  test('makes parents, and is content with what is there', () => {
    const root = temporaryDirectory()
    makeDirectory(join(root, 'a', 'b', 'c'))
    makeDirectory(join(root, 'a', 'b', 'c'))
    expect(readdirSync(join(root, 'a', 'b'))).toEqual(['c'])
  })

  test.runIf(process.platform === 'linux')(
    'comes back from a file system that refuses new directories as missing',
    () => {
      expect(() => makeDirectory('/proc/self/none/deep')).toThrow('ENOENT')
    },
  )
})

describe('readJson', () => {
  test('tells missing, whole and damaged files apart', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'whole'), '{"a":1}')
    writeFileSync(join(directory, 'torn'), '{"a":')
    writeFileSync(join(directory, 'empty'), '')
    expect(await readJson(join(directory, 'none'))).toEqual({ state: 'missing' })
    expect(await readJson(join(directory, 'whole'))).toEqual({ state: 'read', value: { a: 1 } })
    expect(await readJson(join(directory, 'torn'))).toMatchObject({
      state: 'corrupt',
      reason: expect.stringContaining('not JSON'),
    })
    expect(await readJson(join(directory, 'empty'))).toEqual({ state: 'corrupt', reason: 'it is empty' })
  })

  test('throws when the disk cannot be read, because that is no damage', async () => {
    await expect(readJson(temporaryDirectory())).rejects.toMatchObject({ code: 'store-failed' })
  })
})

test('freeName never names a file that exists', async () => {
  const path = join(temporaryDirectory(), 'x')
  expect(await freeName(path, '.json')).toBe(`${path}.json`)
  writeFileSync(`${path}.json`, '')
  expect(await freeName(path, '.json')).toBe(`${path}-2.json`)
})
