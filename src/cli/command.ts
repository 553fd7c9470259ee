import type { Screen } from '../../reporters/terminal/load-view.ts'

/** Where a command runs. */
export interface CommandPlace {
  /** Directory that the user stands in. */
  readonly cwd: string
  /** Prints to stdout, with a line break. */
  readonly say: (text: string) => void
  /** Prints to stderr: what a reader should know and a program that reads stdout must not meet. */
  readonly warn: (text: string) => void
  readonly screen: Screen
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** @see `Date.now` */
  readonly now: () => number
  readonly toolVersion: string
}

/** One command of `vitest-perf`. */
export interface Command {
  readonly name: string
  /** With its arguments: `resume [run]`. */
  readonly usage: string
  /** One line. */
  readonly summary: string
  readonly help: string
  /**
   * @returns the exit code: 0 well; 1 it found what should make a job fail; 2 used wrongly, or nothing to work on
   * @throws LoadError for what the user can mend; TypeError of `parseArgs` for wrong arguments
   */
  run(args: readonly string[], place: CommandPlace): Promise<number>
}
