import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSourceState } from '../../../src/store/source-state.ts'
import { temporaryDirectory } from './samples.ts'

function repository(): { root: string; git: (...args: string[]) => string } {
  const root = temporaryDirectory()
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args],
      { cwd: root, encoding: 'utf8', stdio: 'pipe' },
    )
  git('init', '--initial-branch', 'trunk')
  return { root, git }
}

test('tells commit, branch and uncommitted changes, but not those of our own files', async () => {
  const { root, git } = repository()
  mkdirSync(join(root, '.perf'))
  writeFileSync(join(root, 'a.txt'), 'one')
  writeFileSync(join(root, '.perf', 'baseline.json'), 'one')
  expect(await readSourceState(root, join(root, '.perf'))).toEqual({
    commit: null,
    branch: 'trunk',
    dirty: false,
    mergeBase: null,
  })

  git('add', '.')
  git('commit', '-m', 'first')
  const commit = git('rev-parse', 'HEAD').trim()
  writeFileSync(join(root, '.perf', 'baseline.json'), 'two')
  expect(await readSourceState(root, join(root, '.perf'))).toEqual({
    commit,
    branch: 'trunk',
    dirty: false,
    mergeBase: null,
  })

  writeFileSync(join(root, 'a.txt'), 'two')
  git('checkout', '--detach')
  expect(await readSourceState(root, join(root, '.perf'))).toEqual({
    commit,
    branch: null,
    dirty: true,
    mergeBase: null,
  })
})

test('sees changes outside a project that is a part of its repository', async () => {
  const { root, git } = repository()
  mkdirSync(join(root, 'package'))
  writeFileSync(join(root, 'library.txt'), 'one')
  git('add', '.')
  git('commit', '-m', 'first')
  writeFileSync(join(root, 'library.txt'), 'two')
  expect(await readSourceState(join(root, 'package'), join(root, 'package', '.perf'))).toMatchObject({ dirty: true })
})

test('knows nothing where there is no repository or no directory', async () => {
  const unknown = { commit: null, branch: null, dirty: null, mergeBase: null }
  expect(await readSourceState(temporaryDirectory(), '/nowhere')).toEqual(unknown)
  expect(await readSourceState('/nowhere/at/all', '/nowhere')).toEqual(unknown)
})
