import type { LoadPlan } from '../domain/load-plan.ts'
import type { MeasurementData, PromptOffset } from '../domain/measurement.ts'
import { singlePlans } from '../domain/scenario.ts'
import type { ValidityFinding } from '../domain/validity.ts'

/** What the server said of the length of prompts that were counted before the load; `null` where there are none. */
export function promptOffsetOf(plan: LoadPlan, offset: PromptOffset | null): MeasurementData['promptOffset'] {
  const tokenizers = singlePlans(plan.scenario).flatMap((single) =>
    'prompts' in single && single.prompts !== undefined ? [single.prompts.countedBy] : [],
  )
  return offset === null ? null : { ...offset, countedBy: [...new Set(tokenizers)].join(', ') }
}

/** A chat template adds as many tokens to each prompt. Where the difference varies, the lengths are not what they say. */
export function promptFindings(offset: MeasurementData['promptOffset']): readonly ValidityFinding[] {
  if (offset === null || offset.least === offset.most) return []
  const { least, most, n, countedBy } = offset
  return [
    {
      cause: 'tokens-disagree',
      severity: 'suspect',
      message: `prompts are exact as ${countedBy} counts, but the server counted ${signed(least)} to ${signed(most)} tokens more over ${n} answers`,
      advice: "count with the model's own: tokenizer: { server } or { file: './tokenizer.json' }",
    },
  ]
}

function signed(tokens: number): string {
  return tokens < 0 ? `\u2212${-tokens}` : String(tokens)
}
