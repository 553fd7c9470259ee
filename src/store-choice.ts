import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import * as z from 'zod'
import { LoadError } from './domain/load-error.ts'
import { describe } from './domain/quantity.ts'
import { digest } from './store/digest.ts'
import { GitDocuments } from './store/git-documents.ts'
import { PostgresDocuments } from './store/postgres-documents.ts'
import { SharedMirror } from './store/shared-mirror.ts'

/** Where baselines and history are kept: in files of the project, or for a whole team. */
export type StoreChoice =
  | 'fs'
  | { readonly kind: 'postgres'; readonly url: string; readonly project: string | null }
  | { readonly kind: 'git'; readonly branch: string; readonly remote: string | null }

const URL_FORM = "takes a URL such as 'postgres://user:password@host:5432/database'"
const BRANCH_FORM = "takes the name of a branch such as 'perf-data'"
const STORE_FORM = "takes 'fs', postgres(url) or gitBranch(name)"
const postgresUrl = z.string(URL_FORM).regex(/^postgres(ql)?:\/\/./, URL_FORM)
const branchName = z.string(BRANCH_FORM).regex(/^(?!.*(\.\.|\/\/|\.lock$|[/.]$))[A-Za-z0-9][\w./-]*$/, BRANCH_FORM)

/** Of the option `store`. */
export const STORE: z.ZodType<StoreChoice> = z.union(
  [
    z.literal('fs'),
    z.strictObject({ kind: z.literal('postgres'), url: postgresUrl, project: z.string().nullable() }),
    z.strictObject({ kind: z.literal('git'), branch: branchName, remote: z.string().nullable() }),
  ],
  STORE_FORM,
)

/**
 * `store: postgres(url)`: one history and one set of baselines for all machines that use this database. Needs the package
 * `pg`. A table `vitest_perf_documents` is made when it is missing.
 * @param url with everything that `pg` needs to connect; keep it in an environment variable
 * @param options.project name under which the database keeps them @default the name in package.json
 * @throws LoadError `invalid-option`
 */
export function postgres(url: string, { project }: { readonly project?: string } = {}): StoreChoice {
  // Never the value itself: it carries a password.
  if (!postgresUrl.safeParse(url).success)
    throw new LoadError('invalid-option', `postgres(url): got ${describe(typeof url)}, ${URL_FORM}`)
  return { kind: 'postgres', url, project: project ?? null }
}

/**
 * `store: gitBranch('perf-data')`: history and baselines on a branch of the repository with no files of the project in
 * it, fetched and pushed where there is a remote. Working tree and index stay as they are.
 * @param options.remote name of the remote @default 'origin', or the only one
 * @throws LoadError `invalid-option`
 */
export function gitBranch(branch: string, { remote }: { readonly remote?: string } = {}): StoreChoice {
  if (!branchName.safeParse(branch).success)
    throw new LoadError('invalid-option', `gitBranch(name): got ${describe(branch)}, ${BRANCH_FORM}`)
  return { kind: 'git', branch, remote: remote ?? null }
}

/**
 * The choice that the environment variable `PERF_STORE` makes: a PostgreSQL URL, `git:perf-data` or `fs`; `null` where it
 * is not set.
 * @throws LoadError `invalid-option`
 */
export function storeFromVariable(text: string | undefined): StoreChoice | null {
  if (text === undefined || text === '') return null
  if (text === 'fs') return 'fs'
  if (text.startsWith('git:')) return gitBranch(text.slice('git:'.length))
  if (postgresUrl.safeParse(text).success) return postgres(text)
  throw new LoadError(
    'invalid-option',
    `PERF_STORE: takes fs, git:<branch> or a URL such as postgres://user@host/database`,
  )
}

/**
 * The mirror of a shared store below the store's directory; `null` for files of the project alone.
 * @param root directory of the project
 * @param directory absolute path of the store's directory
 */
export function sharedMirror(choice: StoreChoice, root: string, directory: string): SharedMirror | null {
  if (choice === 'fs') return null
  const name = choice.kind === 'git' ? `git-${choice.branch}` : `postgres-${choice.project ?? ''}-${choice.url}`
  const documents =
    choice.kind === 'git'
      ? new GitDocuments(root, choice.branch, choice.remote)
      : new PostgresDocuments(choice.url, choice.project ?? projectName(root))
  return new SharedMirror(join(directory, 'shared', `${choice.kind}-${digest(name, 8)}`), documents)
}

function projectName(root: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name?: unknown }
    if (typeof name === 'string' && name !== '') return name
  } catch {
    // A project need not have a manifest.
  }
  return basename(resolve(root))
}
