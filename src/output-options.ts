import { z } from 'zod'

const PATH = z.string().min(1)

/** What a run writes beside history, when it has ended. Paths are relative to the root, or absolute. */
export interface OutputOptions {
  /** The HTML report: one file that needs no network; `false` for none. @default 'report.html' in `dir` */
  readonly html?: string | boolean
}

const SHAPE = {
  html: z.union([PATH, z.boolean()], 'takes a path, true or false').optional(),
}

export const OUTPUTS: z.ZodType<OutputOptions, OutputOptions> = z.strictObject(
  SHAPE,
  `takes an object of ${Object.keys(SHAPE).join(', ')}`,
) as z.ZodType<OutputOptions, OutputOptions>

/** Paths of what is written, as asked for; `null` for what is not. */
export interface OutputPaths {
  readonly html: string | null
}

/**
 * Where everything goes.
 * @param dir directory of baselines and history
 * @param project name of the Vitest project: several in one config do not overwrite each other's reports
 */
export function outputPaths(options: OutputOptions, dir: string, project: string): OutputPaths {
  const base = `${dir}/report${project === 'perf' ? '' : `-${project.replaceAll(/[^\w.-]+/g, '-')}`}`
  return { html: typeof options.html === 'string' ? options.html : options.html === false ? null : `${base}.html` }
}
