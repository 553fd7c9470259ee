import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Baseline } from '../../../src/domain/history.ts'
import { acceptedElsewhere, branchInCi, type Placed, readLineage, sharedRunId } from '../../../src/store/lineage.ts'
import { readSourceState } from '../../../src/store/source-state.ts'
import { baselineRecord, temporaryDirectory } from './samples.ts'

const run = (commit: string | null, branch: string | null = null): Placed => ({ commit, branch, origin: 'measured' })

function acceptedOf(commit: string | null): Baseline {
  const accepted = baselineRecord()
  return { ...accepted, runs: accepted.runs.map((one) => ({ ...one, commit })) }
}

test('a branch sees itself and its base up to where it left it, without a network', async () => {
  const root = temporaryDirectory()
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  let commits = 0
  const commit = (): string => {
    git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--allow-empty', '-m', `commit ${commits++}`)
    return git('rev-parse', 'HEAD')
  }
  git('init', '--quiet', '--initial-branch', 'main')
  const left = commit()
  git('checkout', '--quiet', '-b', 'feature')
  const ours = commit()
  git('checkout', '--quiet', 'main')
  const later = commit()
  git('checkout', '--quiet', '-b', 'other')
  const others = commit()
  git('checkout', '--quiet', 'feature')

  expect((await readSourceState(root, root)).mergeBase).toBe(left)
  const lineage = await readLineage(root, 'feature', {})
  const { holds, note } = lineage
  expect(note).toBeNull()
  expect([left, ours, later, others].map((id) => holds(run(id, 'main')))).toEqual([true, true, false, false])
  // Rebased away, but of this branch; and what tells nothing is not taken away.
  expect([holds(run('gone', 'feature')), holds(run('gone', 'other')), holds(run(null))]).toEqual([true, false, true])
  expect(holds({ ...run('gone'), origin: 'imported' })).toBe(true)

  // A baseline that main accepted after the branch left it is none of this branch's; one of a commit rebased away is.
  const acceptedAt = (id: string | null): string | null =>
    acceptedElsewhere(acceptedOf(id), [{ runId: 'another' }], lineage)
  expect([left, ours, null].map(acceptedAt)).toEqual([null, null, null])
  expect(acceptedAt(later)).toContain(`it was accepted at commit ${later.slice(0, 9)}, which is not in the history`)
  expect(acceptedElsewhere(acceptedOf('gone'), [{ runId: '01JRUN' }], lineage)).toBeNull()

  const clone = temporaryDirectory()
  execFileSync('git', ['clone', '--quiet', '--depth', '1', '--branch', 'feature', `file://${root}`, clone])
  const shallow = await readLineage(clone, 'feature', {})
  expect(shallow.note).toMatch(/shallow clone.*fetch-depth: 0/)
  expect([shallow.holds(run(left, 'main')), shallow.holds(run(others, 'other'))]).toEqual([true, false])
  expect(acceptedElsewhere(acceptedOf(later), [], shallow)).toBeNull()
})

test('without a repository everything counts', async () => {
  const { holds, note } = await readLineage(temporaryDirectory(), null, {})
  expect([holds(run('any', 'other')), note]).toEqual([true, null])
})

test.each([
  [{ PERF_RUN_ID: 'mine', GITHUB_RUN_ID: '7' }, 1, 'mine'],
  [{ GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: '2' }, 3, 'github-7-2'],
  [{ CI_PIPELINE_ID: '9' }, 2, 'gitlab-9'],
  [{ GITHUB_RUN_ID: '7' }, 1, null],
  [{}, 3, null],
])('the id that shards share: %j, %i shards -> %s', (env, shards, id) => {
  expect(sharedRunId(env, shards)).toBe(id)
})

test('CI services tell the branch', () => {
  expect(branchInCi({ GITHUB_HEAD_REF: 'feature', GITHUB_REF_NAME: '7/merge' })).toBe('feature')
  expect(branchInCi({ GITHUB_HEAD_REF: '', GITHUB_REF_NAME: 'main' })).toBe('main')
  expect(branchInCi({})).toBeNull()
})
