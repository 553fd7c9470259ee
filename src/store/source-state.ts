import { execFile } from 'node:child_process'
import { isAbsolute, relative } from 'node:path'
import type { SourceState } from '../domain/history.ts'

/** Without git or repository, or not read yet. */
export const UNKNOWN_SOURCE: SourceState = { commit: null, branch: null, dirty: null }

/**
 * Commit, branch and uncommitted changes of the tree at `root`, from one `git status`. All `null` without git or
 * repository; the branch is `null` on a detached head.
 * @param storeDirectory absolute path of our own files, which are no change of the source
 */
export function readSourceState(root: string, storeDirectory: string): Promise<SourceState> {
  // Untracked files are not looked for: that walks the whole tree. Locks are not taken: an editor's git may run beside.
  const args = ['--no-optional-locks', 'status', '--porcelain=v2', '--branch', '--untracked-files=no', '--', ':/']
  const ours = relative(root, storeDirectory).replaceAll('\\', '/')
  if (!ours.startsWith('..') && !isAbsolute(ours)) args.push(`:(exclude)${ours}`)
  return new Promise((resolve) => {
    execFile('git', args, { cwd: root, timeout: 5000, windowsHide: true, maxBuffer: 64 << 20 }, (error, stdout) => {
      resolve(error === null ? parseStatus(stdout) : UNKNOWN_SOURCE)
    })
  })
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
  }
}
