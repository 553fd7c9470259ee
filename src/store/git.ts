import { execFile } from 'node:child_process'

/** What a git command printed, or that it failed, with its last words. */
export type GitResult = { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly reason: string }

/** How a git command is run. */
export interface GitOptions {
  /** Written to its standard input. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds. @default 5000 */
  readonly timeout?: number
}

/** Runs git in a directory. Never asks a person for a password, never throws. */
export function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const { input, env = {}, timeout = 5000 } = options
  return new Promise((resolve) => {
    const child = execFile(
      'git',
      [...args],
      {
        cwd,
        timeout,
        windowsHide: true,
        maxBuffer: 256 << 20,
        env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env },
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ ok: true, stdout })
        else resolve({ ok: false, reason: reasonIn(stderr) ?? error.message })
      },
    )
    // A git that ended early does not read its input; its exit tells why.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })
}

/** The last error that git names; hints come after it. */
function reasonIn(stderr: string): string | null {
  const lines = stderr.trim().split('\n')
  return lines.findLast((line) => /^(fatal|error): | ! \[/.test(line)) ?? (lines.at(-1) || null)
}
