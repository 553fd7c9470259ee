import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'

const HOLDS = `
import { checkOut } from './src/spec/git-worktree.ts'
const { directory } = await checkOut('HEAD', process.argv[2])
process.send(directory)
setInterval(() => undefined, 1000)`

test('a checkout goes with its process, also when that is ended as Vitest ends workers after Ctrl-C', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'vitest-perf-worktree-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const git = (...args: string[]): string => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' })
  git('init', '-q')
  git('-c', 'user.name=n', '-c', 'user.email=n@localhost', 'commit', '-q', '--allow-empty', '-m', 'first')
  const entry = join(root, 'holds.mjs')
  await build({
    stdin: { contents: HOLDS, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: entry,
  })
  const holder = fork(entry, [root], { execArgv: [] })
  const [directory] = (await once(holder, 'message')) as [string]
  expect(existsSync(directory)).toBe(true)
  holder.kill('SIGTERM')
  await once(holder, 'exit')
  expect(existsSync(directory)).toBe(false)
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1)
})
