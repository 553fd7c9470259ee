import * as z from 'zod'
import { MOST_CLASSES } from '../../domain/prompt-class.ts'

/** Name of a class -> the most tokens of its prompts. */
export type ClassBounds = Readonly<Record<string, number>>

const FORM = `takes names with the most tokens of each, e.g. { short: 256, medium: 1024, long: 4096 }, up to ${MOST_CLASSES}`

/** Schema of classes by length. */
export const classBounds: z.ZodType<ClassBounds> = z
  .record(z.string().min(1, FORM), z.int(FORM).min(1, FORM), FORM)
  .refine((bounds) => Object.keys(bounds).length > 0 && Object.keys(bounds).length <= MOST_CLASSES, FORM)

/** The class of a length: the one with the smallest bound that holds it, and that with the largest for all above. */
export function classOfLength(bounds: ClassBounds, tokens: number): string {
  const ascending = Object.entries(bounds).sort(([, a], [, b]) => a - b)
  return (ascending.find(([, most]) => tokens <= most) ?? ascending.at(-1)!)[0]
}
