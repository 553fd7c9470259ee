import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { LoadError } from '../domain/load-error.ts'

/**
 * The Vitest of the project that the user stands in.
 * @throws LoadError `wrong-context` when it has none
 */
export function vitestEntry(cwd: string): string {
  try {
    const manifest = createRequire(join(cwd, 'package.json')).resolve('vitest/package.json')
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { vitest: string } }
    return join(dirname(manifest), bin.vitest)
  } catch (cause) {
    throw new LoadError('wrong-context', `there is no Vitest for ${cwd}`, {
      hint: "run the command in your project's directory, after `npm install`",
      cause,
    })
  }
}

/**
 * Runs Vitest in the foreground. Ctrl-C reaches it by itself; what is sent to this process alone is passed on.
 * @returns its exit code, as a shell tells it
 */
export async function runVitest(
  entry: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<number> {
  const child = spawn(process.execPath, [entry, ...args], { cwd, env: { ...process.env, ...env }, stdio: 'inherit' })
  const passOn = (): void => void child.kill('SIGTERM')
  const stay = (): void => undefined
  process.on('SIGINT', stay)
  process.on('SIGTERM', passOn)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
    })
  } finally {
    process.off('SIGINT', stay)
    process.off('SIGTERM', passOn)
  }
}
