import type { ComparedSide, PairedComparison, PairsData } from '../measure/paired-comparison.ts'
import { VALID } from '../domain/validity.ts'
import type { Standing } from './matcher.ts'

type PairsContext = Pick<Standing, 'record' | 'onInconclusive'>

/** As for measurements: two copies of this module agree on a registered symbol. */
const CONTEXT = Symbol.for('vitest-perf.pairs-context')

/** Hands a comparison over to the matchers, invisible to printing and equality. */
export function attachPairs({ data }: PairedComparison, context: PairsContext): void {
  Object.defineProperty(data, CONTEXT, { value: context, enumerable: false, configurable: true })
}

/** A comparison in pairs that `expect()` was given; `null` for something else. */
export function pairsOf(received: unknown): PairsData | null {
  return schemaOf(received) === 'perf/pairs@1' ? (received as PairedComparison).data : null
}

/** One side of a comparison in pairs; `null` for something else. */
export function sideOf(received: unknown): ComparedSide['data'] | null {
  return schemaOf(received) === 'perf/pair-side@1' ? (received as ComparedSide).data : null
}

/** How claims about it are judged: invalid pairs take no part, so what is left is valid. */
export function standingOfPairs(data: PairsData): Standing {
  const context = (data as PairsData & { [CONTEXT]?: PairsContext })[CONTEXT]
  return {
    validity: VALID,
    onInvalid: 'fail',
    onInconclusive: context?.onInconclusive ?? 'warn',
    record: (expectation) => context?.record(expectation),
  }
}

function schemaOf(received: unknown): unknown {
  return (received as { readonly data?: { readonly schema?: unknown } } | null | undefined)?.data?.schema
}
