import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, CommandPlace } from '../../../src/cli/command.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { temporaryDirectory } from '../store/samples.ts'

/** A directory to run commands in, and what they print. */
export class Desk {
  readonly cwd: string
  #now: number = Date.parse('2026-03-01T12:00:00.000Z')

  constructor(cwd: string = temporaryDirectory()) {
    this.cwd = cwd
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.cwd, name), text)
    return name
  }

  /** Runs a command; every call is a second later. */
  async run(command: Command, ...args: string[]): Promise<{ code: number; out: string; warnings: string[] }> {
    const [out, warnings]: [string[], string[]] = [[], []]
    this.#now += 1000
    const place: CommandPlace = {
      cwd: this.cwd,
      say: (text) => out.push(text),
      warn: (text) => warnings.push(text),
      screen: { columns: 80, style: PLAIN_STYLE },
      env: {},
      now: () => this.#now,
      toolVersion: '0.1.0',
    }
    const code = await command.run(args, place)
    return { code, out: out.join('\n'), warnings }
  }
}
