import * as z from 'zod'
import { seededRandom } from '../domain/random.ts'
import { checkedDraw, drawnNumber, isDraw } from './draw.ts'

/** Where in a range values are looked at. */
const LOOKED_AT = [0, 0.25, 0.5, 0.75, 0.999_999]

/** The schema of an option whose value may be drawn for each request: everything that may be drawn must fit. */
export function drawnField(schema: z.ZodType): z.ZodType {
  return z.unknown().superRefine((input, context) => {
    for (const value of candidates(input)) {
      const result = schema.safeParse(value)
      if (result.success) continue
      for (const { message, path } of result.error.issues)
        context.addIssue({ code: 'custom', path: [...path], input: value, message })
      return
    }
  })
}

function candidates(input: unknown): readonly unknown[] {
  if (!isDraw(input)) return [input]
  const draw = checkedDraw('choice or range', input)
  if ('$choice' in draw) return draw.$choice
  return Array.isArray(draw.$range)
    ? LOOKED_AT.map((at) => drawnNumber(draw, () => at))
    : [drawnNumber(draw, seededRandom(0))]
}
