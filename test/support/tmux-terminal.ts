import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnv } from './temporary-project.ts'

const SESSION = 'terminal'

/** Whether terminals can be opened here; tests of them are left out, aloud, where not. */
export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    console.log('skipped: no tmux, in which the live view is tested (Debian: tmux)')
    return false
  }
}

/** A real terminal without a window: what a program draws can be read back as people would see it. */
export class TmuxTerminal {
  readonly #socket: string

  /** @param socket path of a file that is not there yet */
  constructor(socket: string, command: string, columns: number, rows: number) {
    this.#socket = socket
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#tmux(['-f', '/dev/null', 'new-session', '-d', '-s', SESSION, ...size, `${command}; echo ended $?; sleep 90`])
  }

  /** What it shows and what has left its upper edge. */
  screen(): string {
    return this.#tmux(['capture-pane', '-p', '-t', SESSION, '-S', '-200'])
  }

  /** Resolves with the screen once it matches. */
  async saw(pattern: RegExp, withinMs = 30_000): Promise<string> {
    const deadline = Date.now() + withinMs
    for (;;) {
      const screen = this.screen()
      if (pattern.test(screen)) return screen
      if (Date.now() > deadline) throw new Error(`never saw ${pattern} in:\n${screen}`)
      await sleep(200)
    }
  }

  resize(columns: number, rows: number): void {
    this.#tmux(['resize-window', '-t', SESSION, '-x', String(columns), '-y', String(rows)])
  }

  /** Presses a key, as tmux calls it: `C-c`. */
  press(key: string): void {
    this.#tmux(['send-keys', '-t', SESSION, key])
  }

  get isCursorShown(): boolean {
    return this.#tmux(['display-message', '-p', '-t', SESSION, '#{cursor_flag}']).trim() === '1'
  }

  close(): void {
    this.#tmux(['kill-server'])
    rmSync(this.#socket, { force: true })
  }

  #tmux(args: readonly string[]): string {
    const env = { ...cleanEnv(), LC_ALL: 'C.UTF-8' }
    return execFileSync('tmux', ['-u', '-S', this.#socket, ...args], { encoding: 'utf8', env })
  }
}
