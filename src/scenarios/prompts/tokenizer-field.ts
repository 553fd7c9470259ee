import * as z from 'zod'
import type { TokenizerOption } from './tokenizer.ts'

const FORM =
  "takes 'o200k_base', 'cl100k_base', { server: 'http://127.0.0.1:8000' } whose /tokenize counts, or { file: './tokenizer.json' }"

/** Schema of the option `tokenizer`. */
export const tokenizerField: z.ZodType<TokenizerOption> = z.union(
  [
    z.enum(['o200k_base', 'cl100k_base']),
    z.strictObject({
      // Only looked at, never read: a server's URL is known only once it runs.
      server: z.custom<unknown>((input) => typeof input === 'string' || (typeof input === 'object' && input !== null)),
      model: z.string().min(1).optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
    z.strictObject({ file: z.union([z.string().min(1), z.instanceof(URL)]) }),
  ],
  FORM,
) as z.ZodType<TokenizerOption>
