import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from '../domain/load-error.ts'
import type { DocumentChange, DocumentStore } from './document-store.ts'
import { git, type GitOptions } from './git.ts'

const ATTEMPTS = 10
const PAUSE_MS = 300
/** Fetching and pushing; a remote that hangs must not hold a run up for long. */
const NETWORK_MS = 30_000
/** The tree without any file. */
const NOTHING = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const BOT = { NAME: 'vitest-perf', EMAIL: 'vitest-perf@localhost' }

/**
 * Documents as files of a branch with a history of its own. Only git's plumbing is used: working tree, index and the
 * branch that is checked out stay as they are. With a remote the branch is fetched before it is read, and pushed after it
 * was written; whoever comes second puts his changes on top of the other's and pushes again.
 */
export class GitDocuments implements DocumentStore {
  readonly place: string
  readonly #root: string
  readonly #ref: string
  readonly #branch: string
  readonly #wantedRemote: string | null
  #notes: string[] = []

  /**
   * @param root any directory of the repository
   * @param remote name of the remote; `null` for `origin`, or the only one there is
   */
  constructor(root: string, branch: string, remote: string | null) {
    this.#root = root
    this.#branch = branch
    this.#ref = `refs/heads/${branch}`
    this.#wantedRemote = remote
    this.place = `branch '${branch}'`
  }

  async keys(): Promise<ReadonlyMap<string, string>> {
    if (await this.#isCheckedOut())
      throw new LoadError('store-failed', `branch '${this.#branch}' is checked out here; check out another one`)
    await this.#publish(false)
    const tip = await this.#tip(this.#ref)
    return tip === null ? new Map() : this.#tree(tip)
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const input = keys.map((key) => `${this.#ref}:${key}\n`).join('')
    const output = Buffer.from(await this.#git(['cat-file', '--batch'], { input }))
    const texts = new Map<string, string>()
    let at = 0
    for (const key of keys) {
      const end = output.indexOf(10, at)
      const head = output.toString('utf8', at, end)
      at = end + 1
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(head)?.[1]
      if (size === undefined) continue
      texts.set(key, output.toString('utf8', at, at + Number(size)))
      at += Number(size) + 1
    }
    return texts
  }

  async write(changes: readonly DocumentChange[]): Promise<boolean> {
    const tip = await this.#tip(this.#ref)
    const there = tip === null ? new Map<string, string>() : await this.#tree(tip)
    if (changes.some(({ key, seen }) => (there.get(key) ?? null) !== seen)) return false
    if (!(await this.#commit(tip, tip, changes))) return false
    await this.#publish(true)
    return true
  }

  notes(): readonly string[] {
    const notes = this.#notes
    this.#notes = []
    return notes
  }

  async close(): Promise<void> {}

  /** Fetches, puts local commits on top of the remote's, and pushes what the remote lacks. A network that fails is a note. */
  async #publish(wrote: boolean): Promise<void> {
    const remote = await this.#remote()
    if (remote === null) return
    const tracking = `refs/remotes/${remote}/${this.#branch}`
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // What was just read and built upon need not be fetched again.
      const fetched = attempt === 1 && wrote ? null : await this.#fetch(remote, tracking)
      if (fetched !== null) return this.#later(fetched)
      await this.#reconcile(tracking)
      const [ours, theirs] = await this.#tips(tracking)
      if (ours === null || ours === theirs) return
      const pushed = await git(this.#root, ['push', '--quiet', '--no-verify', remote, `${ours}:${this.#ref}`], {
        timeout: NETWORK_MS,
      })
      if (pushed.ok) return void (await git(this.#root, ['update-ref', tracking, ours]))
      if (!/rejected|fetch first|non-fast-forward|failed to push|cannot lock ref|remote ref/i.test(pushed.reason))
        return this.#later(pushed.reason)
      await sleep(Math.random() * PAUSE_MS)
    }
    this.#later(`others pushed at the same time, ${ATTEMPTS} times in a row`)
  }

  #later(reason: string): void {
    this.#notes.push(
      `branch '${this.#branch}' could not be exchanged with its remote: ${reason}; results are in the local branch and pushed with the next run`,
    )
  }

  /** Why it failed; `null` when it did not. A branch that the remote does not have yet is no failure. */
  async #fetch(remote: string, tracking: string): Promise<string | null> {
    const fetched = await git(this.#root, ['fetch', '--quiet', '--no-tags', remote, `+${this.#ref}:${tracking}`], {
      timeout: NETWORK_MS,
    })
    return fetched.ok || /couldn't find remote ref/i.test(fetched.reason) ? null : fetched.reason
  }

  async #reconcile(tracking: string): Promise<void> {
    const [ours, theirs] = await this.#tips(tracking)
    if (theirs === null || ours === theirs) return
    if (ours === null) return void (await git(this.#root, ['update-ref', this.#ref, theirs, '']))
    const base = await git(this.#root, ['merge-base', ours, theirs])
    const from = base.ok ? base.stdout.trim() : NOTHING
    if (from === theirs) return
    if (from === ours) return void (await git(this.#root, ['update-ref', this.#ref, theirs, ours]))
    const [there, before, mine] = [await this.#tree(theirs), await this.#tree(from), await this.#tree(ours)]
    const changed = [...new Set([...mine.keys(), ...before.keys()])].filter((key) => mine.get(key) !== before.get(key))
    // What was changed on both sides stays as it was published.
    const kept = changed.filter((key) => there.get(key) === before.get(key))
    const texts = await this.#texts(
      ours,
      kept.filter((key) => mine.has(key)),
    )
    await this.#commit(
      ours,
      theirs,
      kept.map((key) => ({ key, text: texts.get(key) ?? null, seen: there.get(key) ?? null })),
    )
  }

  async #texts(commit: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>()
    for (const key of keys) texts.set(key, await this.#git(['cat-file', 'blob', `${commit}:${key}`]))
    return texts
  }

  /** Moves the branch from `old` to a new commit on top of `parent`; false when it had moved meanwhile. */
  async #commit(old: string | null, parent: string | null, changes: readonly DocumentChange[]): Promise<boolean> {
    if (changes.length === 0 && parent !== null)
      return (await git(this.#root, ['update-ref', this.#ref, parent, old ?? ''])).ok
    const draft = `refs/vitest-perf/${randomBytes(8).toString('hex')}`
    await this.#git(['fast-import', '--quiet'], { input: importStream(draft, parent, changes), timeout: NETWORK_MS })
    const commit = await this.#tip(draft)
    const moved = await git(this.#root, ['update-ref', this.#ref, commit ?? '', old ?? ''])
    await git(this.#root, ['update-ref', '-d', draft])
    return moved.ok
  }

  async #tree(commit: string): Promise<ReadonlyMap<string, string>> {
    const output = await this.#git(['ls-tree', '-r', '-z', '--full-tree', commit])
    const entries = output.split('\0').flatMap((line): [string, string][] => {
      const [, id, key] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
      return id === undefined || key === undefined || !/^(history|baselines)\//.test(key) ? [] : [[key, id]]
    })
    return new Map(entries)
  }

  /** Of the branch and of what its remote was seen to have. */
  async #tips(tracking: string): Promise<readonly [ours: string | null, theirs: string | null]> {
    const output = await this.#git(['for-each-ref', '--format=%(refname) %(objectname)', this.#ref, tracking])
    const tips = new Map(output.split('\n').map((line) => line.split(' ') as [string, string]))
    return [tips.get(this.#ref) ?? null, tips.get(tracking) ?? null]
  }

  async #tip(ref: string): Promise<string | null> {
    const found = await git(this.#root, ['rev-parse', '--quiet', '--verify', `${ref}^{commit}`])
    return found.ok ? found.stdout.trim() : null
  }

  async #remote(): Promise<string | null> {
    const remotes = (await this.#git(['remote'])).split('\n').filter((name) => name !== '')
    const wanted = this.#wantedRemote
    if (wanted !== null && !remotes.includes(wanted))
      throw new LoadError('store-failed', `there is no remote '${wanted}'; there are: ${remotes.join(', ') || 'none'}`)
    return wanted ?? (remotes.includes('origin') ? 'origin' : remotes.length === 1 ? remotes[0]! : null)
  }

  async #isCheckedOut(): Promise<boolean> {
    const head = await git(this.#root, ['symbolic-ref', '--quiet', 'HEAD'])
    return head.ok && head.stdout.trim() === this.#ref
  }

  async #git(args: readonly string[], options: GitOptions = {}): Promise<string> {
    const result = await git(this.#root, args, options)
    if (result.ok) return result.stdout
    throw new LoadError('store-failed', `git ${args[0]}: ${result.reason}`)
  }
}

/** @see https://git-scm.com/docs/git-fast-import */
function importStream(ref: string, parent: string | null, changes: readonly DocumentChange[]): string {
  const message = `Store ${changes.length} ${changes.length === 1 ? 'document' : 'documents'}\n`
  const person = `${BOT.NAME} <${BOT.EMAIL}> ${Math.floor(Date.now() / 1000)} +0000`
  return [
    `commit ${ref}\n`,
    `committer ${person}\n`,
    data(message),
    ...(parent === null ? [] : [`from ${parent}\n`]),
    ...changes.map(({ key, text }) => (text === null ? `D ${key}\n` : `M 100644 inline ${key}\n${data(text)}`)),
    'done\n',
  ].join('')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
