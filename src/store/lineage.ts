import type { Baseline } from '../domain/history.ts'
import { git } from './git.ts'

/** Commits that are looked at, newest first: more runs than that no trend shows. */
const MOST_COMMITS = 10_000

type Variables = Readonly<Record<string, string | undefined>>

/** What a run must tell so that its place in the history of the source can be found. */
export interface Placed {
  readonly commit: string | null
  readonly branch: string | null
  readonly origin: 'measured' | 'imported'
}

/**
 * The history of the source that is checked out: its branch, and the base branch up to where the branch left it. Runs of
 * other branches say nothing of it.
 */
export interface Lineage {
  readonly holds: (run: Placed) => boolean
  /** The commit belongs to it, as far as can be told. */
  readonly hasCommit: (commit: string) => boolean
  /** What a reader must know; `null` for nothing. */
  readonly note: string | null
}

/** Everything belongs to it: there is no repository, or nothing was committed. */
export const EVERYTHING: Lineage = { holds: () => true, hasCommit: () => true, note: null }

/** Asks git, never a network. */
export async function readLineage(root: string, branch: string | null, env: Variables): Promise<Lineage> {
  const [shallow, commits] = await Promise.all([
    git(root, ['rev-parse', '--is-shallow-repository']),
    git(root, ['rev-list', `--max-count=${MOST_COMMITS}`, 'HEAD']),
  ])
  if (!shallow.ok || !commits.ok) return EVERYTHING
  const ancestors = new Set(commits.stdout.split('\n'))
  const isShallow = shallow.stdout.trim() === 'true'
  const bases = new Set(['main', 'master', env['GITHUB_BASE_REF'], env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME']])
  return {
    hasCommit: (commit) => isShallow || ancestors.size > MOST_COMMITS || ancestors.has(commit),
    holds: (run) =>
      run.origin === 'imported' ||
      run.commit === null ||
      ancestors.has(run.commit) ||
      (run.branch !== null && (run.branch === branch || (isShallow && bases.has(run.branch)))),
    note:
      isShallow && (branch === null || !bases.has(branch))
        ? 'history: this is a shallow clone, so that all runs of the base branch count, also those after this branch left it; fetch-depth: 0 tells'
        : null,
  }
}

/**
 * Why a baseline of a shared store is none for what is checked out, in a sentence: its newest run was measured at a commit
 * that is not in this history, as when another branch accepted it after this one had left. `null` when it is one.
 * @param own runs of this lineage: a commit of this branch may have been rebased away
 */
export function acceptedElsewhere(
  { name, runs }: Baseline,
  own: readonly { readonly runId: string }[],
  { hasCommit }: Lineage,
): string | null {
  const { runId, commit } = runs.at(-1)!
  if (commit === null || hasCommit(commit) || own.some((run) => run.runId === runId)) return null
  return (
    `baseline "${name}" does not count here: it was accepted at commit ${commit.slice(0, 9)}, which is not in the history of ` +
    'this branch; compared is with the runs up to where the branch left its base'
  )
}

/** The branch that a CI service says it builds; it checks out a commit and no branch. */
export function branchInCi(env: Variables): string | null {
  const names = ['PERF_BRANCH', 'GITHUB_HEAD_REF', 'GITHUB_REF_NAME', 'CI_COMMIT_REF_NAME', 'BUILDKITE_BRANCH']
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '') ?? null
}

/**
 * The id that all shards of one CI run share: `PERF_RUN_ID`, or for a part of a sharded run what the CI service gives.
 * `null` for a run of its own.
 */
export function sharedRunId(env: Variables, shardCount: number): string | null {
  if (env['PERF_RUN_ID']) return env['PERF_RUN_ID']
  if (shardCount < 2) return null
  if (env['GITHUB_RUN_ID']) return `github-${env['GITHUB_RUN_ID']}-${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`
  if (env['CI_PIPELINE_ID']) return `gitlab-${env['CI_PIPELINE_ID']}`
  if (env['BUILDKITE_BUILD_ID']) return `buildkite-${env['BUILDKITE_BUILD_ID']}`
  return env['CIRCLE_WORKFLOW_ID'] ? `circle-${env['CIRCLE_WORKFLOW_ID']}` : null
}
