import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LockOwner, MachineLock } from '../../../src/pool/machine-lock.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vitest-perf-lock-'))
  path = join(directory, 'lock')
})
afterEach(() => rmSync(directory, { recursive: true }))

const NEVER = new AbortController().signal
const noWait = (): void => {
  throw new Error('waited')
}

function ownedBy(owner: Partial<LockOwner>): void {
  writeFileSync(
    path,
    JSON.stringify({ pid: process.pid, processStart: null, project: 'other', since: 'now', token: 't', ...owner }),
  )
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid!
}

test('a free machine is taken at once, and nothing is left after the release', async () => {
  const release = await new MachineLock(path, 'p').acquire('a', noWait, NEVER)
  expect(existsSync(path)).toBe(true)
  await release()
  await release()
  expect(readdirSync(directory)).toEqual([])
})

test('whoever comes second is told whom it waits for, once, and goes on after the release', async () => {
  const release = await new MachineLock(path, 'first').acquire('a', noWait, NEVER)
  const told: LockOwner[] = []
  const second = new MachineLock(path, 'second').acquire('b', (owner) => told.push(owner), NEVER)
  await expect.poll(() => told.length).toBe(1)
  await release()
  await (
    await second
  )()
  expect(told).toMatchObject([{ pid: process.pid, project: 'first', token: 'a' }])
})

test('waiting ends when the load is aborted', async () => {
  const release = await new MachineLock(path, 'first').acquire('a', noWait, NEVER)
  const controller = new AbortController()
  const second = new MachineLock(path, 'second').acquire('b', () => controller.abort(), controller.signal)
  await expect(second).rejects.toThrow(/aborted/)
  await release()
})

test('an owner that has died is replaced', async () => {
  ownedBy({ pid: await deadPid() })
  await (
    await new MachineLock(path, 'p').acquire('a', noWait, NEVER)
  )()
  expect(readdirSync(directory)).toEqual([])
})

test.runIf(process.platform === 'linux')('an owner whose pid now belongs to another process is replaced', async () => {
  ownedBy({ processStart: '1' })
  await (
    await new MachineLock(path, 'p').acquire('a', noWait, NEVER)
  )()
  expect(readdirSync(directory)).toEqual([])
})

test('a file that is no lock is replaced', async () => {
  writeFileSync(path, '{"pid":')
  await (
    await new MachineLock(path, 'p').acquire('a', noWait, NEVER)
  )()
  expect(readdirSync(directory)).toEqual([])
})

test('of many that meet a stale lock only one at a time holds the machine', async () => {
  ownedBy({ pid: await deadPid() })
  let holders = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const release = await new MachineLock(path, `p${i}`).acquire(`t${i}`, () => undefined, NEVER)
      most = Math.max(most, ++holders)
      await new Promise((resolve) => setTimeout(resolve, 5))
      holders--
      await release()
    }),
  )
  expect(most).toBe(1)
})

test('a directory that does not exist is named', async () => {
  await expect(new MachineLock(join(directory, 'no', 'lock'), 'p').acquire('a', noWait, NEVER)).rejects.toThrow(
    /TMPDIR/,
  )
})
