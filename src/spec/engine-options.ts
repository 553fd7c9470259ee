import * as z from 'zod'
import type { EngineAnswer } from '../domain/engine-run.ts'
import { LoadError } from '../domain/load-error.ts'
import { optionsError } from '../domain/options-error.ts'
import type { Duration } from '../domain/quantity.ts'
import { seededRandom } from '../domain/random.ts'
import { duration, whole } from '../plan/load-schema.ts'
import { type Data, dataField, resolveData } from '../scenarios/data.ts'
import { compileText } from '../scenarios/template.ts'
import { type EngineReading, ENGINE_READING, engineReader } from './engine-reader.ts'

interface CommonEngineOptions {
  /** Rows for the templates, as scenarios take them: run k gets row k. */
  readonly data?: Data
  /** @default one for each row, from 5 to 100 */
  readonly runs?: number
  /** Runs before them that count nowhere: the first one reads the model from disk. @default 1 */
  readonly warmup?: number
  /** @default 'engine' */
  readonly label?: string
}

/** How to run an engine without its server. */
export type EngineOptions = CommonEngineOptions &
  (
    | {
        /** Program and arguments, with templates: `['llama-cli', '-m', 'model.gguf', '-n', '64', '-p', '{{prompt}}']`. */
        readonly command: readonly [string, ...string[]]
        /** How its output tells tokens and times. */
        readonly read: EngineReading
        /** How long one run may take. @default '5m' */
        readonly timeout?: Duration
        /** @default the current directory */
        readonly cwd?: string
        /** Added to this process's environment. */
        readonly env?: Readonly<Record<string, string>>
      }
    | {
        /** Runs the engine in the test's own process. */
        readonly generate: (
          prompt: string,
          row: Readonly<Record<string, unknown>>,
        ) => EngineAnswer | Promise<EngineAnswer>
        /** The prompt, with templates. @default '{{prompt}}' */
        readonly prompt?: string
      }
  )

/** One run: what to start, or what to call. */
export interface EngineQuestion {
  readonly label: string
  readonly runs: number
  readonly warmup: number
  /** Of run k. */
  readonly run: (k: number) => EngineCall
}

/** What a run does. */
export type EngineCall =
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly read: (output: string) => EngineAnswer[] }
  | { readonly kind: 'function'; readonly call: () => EngineAnswer | Promise<EngineAnswer> }

const WHERE = 'withoutServer(options)'
const COMMON = {
  data: dataField.optional(),
  runs: whole(1, 10_000).optional(),
  warmup: whole(0, 1000).optional(),
  label: z.string('takes a text').min(1, 'takes a text that is not empty').optional(),
}
const COMMAND = z.strictObject({
  ...COMMON,
  command: z.tuple([z.string()], 'takes a list of program and arguments').rest(z.string()),
  read: ENGINE_READING,
  timeout: duration('positive').optional(),
  cwd: z.string('takes a directory').optional(),
  env: z.record(z.string(), z.string(), 'takes an object of texts').optional(),
})
const FUNCTION = z.strictObject({
  ...COMMON,
  generate: z.custom((input) => typeof input === 'function', 'takes a function'),
  prompt: z.string('takes a text').optional(),
})

/** @throws LoadError `invalid-option` naming the option, what it got and what it takes */
export function engineQuestion(options: EngineOptions): EngineQuestion {
  const given: unknown = options
  if (typeof given !== 'object' || given === null || 'command' in given === 'generate' in given) {
    throw new LoadError('invalid-option', `${WHERE}: takes either command and read, or generate`)
  }
  const schema = 'command' in given ? COMMAND : FUNCTION
  const parsed = schema.safeParse(options)
  if (!parsed.success) throw optionsError(WHERE, parsed.error.issues, options, Object.keys(schema.shape))
  const { rows } = resolveData(WHERE, options.data)
  const row = (k: number): Readonly<Record<string, unknown>> => rows[k % Math.max(1, rows.length)] ?? {}
  const fill = (option: string, text: string): ((k: number) => string) => {
    const filled = compileText(`${WHERE}: option ${option}`, text, 'text')
    return (k) => filled(row(k), k, seededRandom(1, k))
  }
  return {
    label: options.label ?? 'engine',
    runs: options.runs ?? Math.min(100, Math.max(5, rows.length)),
    warmup: options.warmup ?? 1,
    run: 'command' in options ? commandRun(options, fill) : functionRun(options, fill, row),
  }
}

type FillOption = (option: string, text: string) => (k: number) => string

function commandRun(
  { command, read }: Extract<EngineOptions, { command: unknown }>,
  fill: FillOption,
): EngineQuestion['run'] {
  const parts = command.map((part, i) => fill(`command[${i}]`, part))
  const reader = engineReader(read)
  return (k) => ({ kind: 'command', command: parts.map((part) => part(k)), read: reader })
}

function functionRun(
  { generate, prompt = '{{prompt}}' }: Extract<EngineOptions, { generate: unknown }>,
  fill: FillOption,
  row: (k: number) => Readonly<Record<string, unknown>>,
): EngineQuestion['run'] {
  const filled = fill('prompt', prompt)
  return (k) => ({ kind: 'function', call: () => generate(filled(k), row(k)) })
}
