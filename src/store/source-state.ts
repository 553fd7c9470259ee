import { isAbsolute, relative } from 'node:path'
import type { SourceState } from '../domain/history.ts'
import { git } from './git.ts'

/** Without git or repository, or not read yet. */
export const UNKNOWN_SOURCE: SourceState = { commit: null, branch: null, dirty: null, mergeBase: null }

/** Where a repository's base branch is found, the surest first. */
const BASES = ['refs/remotes/origin/HEAD', 'refs/heads/main', 'refs/heads/master'] as const

/**
 * Commit, branch and uncommitted changes of the tree at `root`, from one `git status`. All `null` without git or
 * repository; the branch is `null` on a detached head.
 * @param storeDirectory absolute path of our own files, which are no change of the source
 */
export async function readSourceState(root: string, storeDirectory: string): Promise<SourceState> {
  // Untracked files are not looked for: that walks the whole tree. Locks are not taken: an editor's git may run beside.
  const args = ['--no-optional-locks', 'status', '--porcelain=v2', '--branch', '--untracked-files=no', '--', ':/']
  const ours = relative(root, storeDirectory).replaceAll('\\', '/')
  if (!ours.startsWith('..') && !isAbsolute(ours)) args.push(`:(exclude)${ours}`)
  const status = await git(root, args)
  if (!status.ok) return UNKNOWN_SOURCE
  const source = parseStatus(status.stdout)
  return source.commit === null ? source : { ...source, mergeBase: await mergeBaseOf(root, source.commit) }
}

async function mergeBaseOf(root: string, commit: string): Promise<string | null> {
  for (const base of BASES) {
    const found = await git(root, ['merge-base', 'HEAD', base])
    if (found.ok) return found.stdout.trim() === commit ? null : found.stdout.trim()
  }
  return null
}

/** @see https://git-scm.com/docs/git-status#_porcelain_format_version_2 */
function parseStatus(output: string): SourceState {
  const lines = output.split('\n').filter((line) => line !== '')
  const header = (name: string): string | null =>
    lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3) ?? null
  const commit = header('branch.oid')
  const branch = header('branch.head')
  return {
    commit: commit === '(initial)' ? null : commit,
    branch: branch === '(detached)' ? null : branch,
    dirty: lines.some((line) => !line.startsWith('#')),
    mergeBase: null,
  }
}
