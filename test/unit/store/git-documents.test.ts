import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { versionOf } from '../../../src/store/document-store.ts'
import { GitDocuments } from '../../../src/store/git-documents.ts'
import { temporaryDirectory } from './samples.ts'

const PERSON = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', [...PERSON, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' })
}

/** A repository with one commit and an uncommitted change, and clones of it. */
function repositories(clones: number): { bare: string; clones: string[] } {
  const directory = temporaryDirectory()
  const bare = join(directory, 'remote.git')
  git(directory, 'init', '--quiet', '--bare', '--initial-branch', 'main', bare)
  const made = Array.from({ length: clones }, (_, i) => {
    const clone = join(directory, `clone${i}`)
    git(directory, 'clone', '--quiet', bare, clone)
    if (i === 0) {
      writeFileSync(join(clone, 'a.txt'), 'one')
      git(clone, 'checkout', '--quiet', '-B', 'main')
      git(clone, 'add', '.')
      git(clone, 'commit', '--quiet', '-m', 'first')
      git(clone, 'push', '--quiet', 'origin', 'main')
    }
    return clone
  })
  return { bare, clones: made }
}

/** A repository without a remote, with one commit. */
function alone(): string {
  const root = temporaryDirectory()
  git(root, 'init', '--quiet', '--initial-branch', 'main')
  writeFileSync(join(root, 'a.txt'), 'one')
  git(root, 'add', '.')
  git(root, 'commit', '--quiet', '-m', 'first')
  return root
}

const documents = (root: string): GitDocuments => new GitDocuments(root, 'perf-data', null)
const added = (key: string, text: string) => ({ key, text, seen: null })

test('writes an orphan branch and leaves working tree, index and the checked out branch alone', async () => {
  const root = alone()
  writeFileSync(join(root, 'a.txt'), 'changed')
  writeFileSync(join(root, 'b.txt'), 'staged')
  git(root, 'add', 'b.txt')
  const before = git(root, 'status', '--porcelain')
  const store = documents(root)
  expect(await store.keys()).toEqual(new Map())
  expect(await store.write([added('history/2026-03/x-1.json', '{"名":1}\n')])).toBe(true)
  expect(await store.keys()).toEqual(new Map([['history/2026-03/x-1.json', versionOf('{"名":1}\n')]]))
  expect(await store.read(['history/2026-03/x-1.json', 'history/none.json'])).toEqual(
    new Map([['history/2026-03/x-1.json', '{"名":1}\n']]),
  )
  expect(git(root, 'status', '--porcelain')).toBe(before)
  expect(git(root, 'log', '--format=%an', 'perf-data').trim()).toBe('vitest-perf')
  expect(git(root, 'branch', '--show-current').trim()).toBe('main')
  expect(git(root, 'for-each-ref', 'refs/vitest-perf')).toBe('')
  expect(store.notes()).toEqual([])
}, 60_000)

test('two clones that write at once both have everything in the end', async () => {
  const { bare, clones } = repositories(2)
  const writes = clones.map(async (root, clone) => {
    const store = documents(root)
    await store.keys()
    expect(await store.write([added(`history/2026-03/c${clone}-1.json`, String(clone))])).toBe(true)
    expect(store.notes()).toEqual([])
  })
  await Promise.all(writes)
  expect(git(bare, 'ls-tree', '-r', '--name-only', 'perf-data').trim().split('\n')).toHaveLength(2)
  for (const root of clones) expect((await documents(root).keys()).size).toBe(2)
}, 60_000)

test('without a remote that answers the local branch keeps everything, and the next write brings it', async () => {
  const { bare, clones } = repositories(2)
  const [root, other] = clones as [string, string]
  git(root, 'remote', 'set-url', 'origin', '/nowhere/at/all')
  const store = documents(root)
  await store.keys()
  await store.write([added('history/2026-03/offline-1.json', 'x')])
  expect(store.notes().at(-1)).toMatch(
    /branch 'perf-data' could not be exchanged with its remote: .*pushed with the next run/,
  )
  const theirs = documents(other)
  await theirs.keys()
  await theirs.write([added('history/2026-03/theirs-1.json', 'y')])
  git(root, 'remote', 'set-url', 'origin', bare)
  expect([...(await documents(root).keys()).keys()].sort()).toEqual([
    'history/2026-03/offline-1.json',
    'history/2026-03/theirs-1.json',
  ])
  expect((await theirs.keys()).size).toBe(2)
}, 60_000)

test('replaces and removes only what was seen', async () => {
  const store = documents(alone())
  await store.keys()
  const key = 'baselines/default/env1/a.json'
  await store.write([added(key, '1')])
  expect(await store.write([added(key, '2')])).toBe(false)
  expect(await store.write([{ key, text: '2', seen: versionOf('0') }])).toBe(false)
  expect(await store.write([{ key, text: '2', seen: versionOf('1') }])).toBe(true)
  expect(await store.write([{ key, text: null, seen: versionOf('2') }])).toBe(true)
  expect(await store.keys()).toEqual(new Map())
}, 60_000)

test('says what is wrong where there is no repository, no such remote, or the branch is checked out', async () => {
  await expect(documents(temporaryDirectory()).keys()).rejects.toThrow(/not a git repository/)
  const root = alone()
  await expect(new GitDocuments(root, 'perf-data', 'upstream').keys()).rejects.toThrow(
    /no remote 'upstream'; there are: none/,
  )
  await expect(new GitDocuments(root, 'main', null).keys()).rejects.toThrow(/'main' is checked out here/)
}, 60_000)
