import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LoadError } from '../domain/load-error.ts'
import { processExists } from './process-signal.ts'

const run = promisify(execFile)
/** Until then what runs in a checkout has been stopped; Vitest kills a worker half a second after its SIGTERM. */
const LEAVES_WITHIN_MS = 250
/** Names of our directories, with the process that answers for them. */
const OURS = /^vitest-perf-ref-(\d+)-/

/** Another state of the source tree, beside the one that is worked in. */
export interface Worktree {
  /** Where the directory that the spec ran in lies in it. */
  readonly directory: string
  /** Short id of its commit. */
  readonly commit: string
  /** Removes it; again is no harm. */
  remove(): Promise<void>
}

/**
 * Checks a ref out into a temporary directory (`git worktree add --detach`), which is removed with `remove()`, and at the
 * latest when this process ends; what a killed process left behind is removed by the next one.
 * @param from a directory of the repository
 * @throws LoadError `invalid-option` when there is no repository or no such ref
 */
export async function checkOut(ref: string, from: string): Promise<Worktree> {
  const commit = await revision(ref, from)
  const prefix = (await git(from, ['rev-parse', '--show-prefix'])).trim()
  await removeAbandoned(from)
  // Git tells paths with links resolved, and macOS's temporary directory is one.
  const root = await mkdtemp(join(await realpath(tmpdir()), `vitest-perf-ref-${process.pid}-`))
  const dropAtExit = (): void => {
    try {
      execFileSync('git', ['-C', from, 'worktree', 'remove', '--force', root], { stdio: 'ignore' })
    } catch {
      rmSync(root, { recursive: true, force: true })
      spawnSync('git', ['-C', from, 'worktree', 'prune'], { stdio: 'ignore' })
    }
  }
  // Vitest ends a worker so when the user presses Ctrl-C, and a process that a signal ends does nothing at its exit.
  const leave = (): void => void setTimeout(() => process.exit(), LEAVES_WITHIN_MS).unref()
  process.once('exit', dropAtExit)
  process.once('SIGTERM', leave)
  const remove = async (): Promise<void> => {
    await drop(root, from)
    process.off('exit', dropAtExit)
    process.off('SIGTERM', leave)
  }
  try {
    await git(from, ['worktree', 'add', '--detach', root, commit])
  } catch (cause) {
    await remove()
    throw new LoadError('server-failed', `compare(): ${ref} could not be checked out: ${(cause as Error).message}`, {
      cause,
    })
  }
  return { directory: join(root, prefix), commit: commit.slice(0, 7), remove }
}

async function revision(ref: string, from: string): Promise<string> {
  try {
    return (await git(from, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])).trim()
  } catch (cause) {
    throw new LoadError('invalid-option', `compare({ a, b }): option ref: got '${ref}', takes a commit of ${from}`, {
      hint: `\`git rev-parse ${ref}\` must find it; a shallow clone has only its newest commit: git fetch origin ${ref}`,
      cause,
    })
  }
}

async function drop(root: string, from: string): Promise<void> {
  await git(from, ['worktree', 'remove', '--force', root]).catch(() => undefined)
  // Where git has forgotten it, or never knew it.
  await rm(root, { recursive: true, force: true })
  await git(from, ['worktree', 'prune']).catch(() => undefined)
}

async function removeAbandoned(from: string): Promise<void> {
  const listed = await git(from, ['worktree', 'list', '--porcelain']).catch(() => '')
  const temporary = await realpath(tmpdir())
  for (const name of await readdir(temporary)) {
    const pid = OURS.exec(name)?.[1]
    const root = join(temporary, name)
    // Directories of other repositories are theirs to remove.
    if (pid !== undefined && listed.includes(`worktree ${root}\n`) && !processExists(Number(pid)))
      await drop(root, from)
  }
}

async function git(directory: string, args: readonly string[]): Promise<string> {
  return (await run('git', ['-C', directory, ...args])).stdout
}
