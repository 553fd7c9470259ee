/** Where a command runs. */
export interface CommandPlace {
  /** Directory that the user stands in. */
  readonly cwd: string
  /** Prints to stdout, with a line break. */
  readonly say: (text: string) => void
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
   * @returns the exit code: 0 well, 1 a test failed, 2 used wrongly
   * @throws LoadError for what the user can mend; TypeError of `parseArgs` for wrong arguments
   */
  run(args: readonly string[], place: CommandPlace): Promise<number>
}
