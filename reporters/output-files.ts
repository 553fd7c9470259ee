import type { RunReport } from './spec-result.ts'

/** One file that a run writes when it has ended. */
export interface OutputFile {
  /** What it is, for the reader of a problem: `HTML report`. */
  readonly name: string
  /** Absolute path. */
  readonly path: string
  readonly render: (report: RunReport) => string
}

/** What was written, and what was not. */
export interface Written {
  readonly paths: readonly string[]
  /** A sentence for each file that could not be written. */
  readonly notes: readonly string[]
}

/**
 * Writes the files of a run, each by itself: one that cannot be written costs the reader one line, never the others.
 * @param write writes a whole file
 */
export async function writeOutputs(
  report: RunReport,
  outputs: readonly OutputFile[],
  write: (path: string, text: string) => Promise<void>,
): Promise<Written> {
  const paths: string[] = []
  const notes: string[] = []
  for (const { name, path, render } of outputs) {
    try {
      await write(path, render(report))
      paths.push(path)
    } catch (error) {
      notes.push(`no ${name}: ${oneLine(error)}`)
    }
  }
  return { paths, notes }
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
}
