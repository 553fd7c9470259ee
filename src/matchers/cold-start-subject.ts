import { VALID } from '../domain/validity.ts'
import type { ColdStart, ColdStartData } from '../measure/cold-start.ts'
import type { Standing } from './matcher.ts'

/** What the matchers of a cold start need beside its numbers. */
type StartsContext = Pick<Standing, 'record' | 'onInconclusive'>

/** As for measurements: two copies of this module agree on a registered symbol. */
const CONTEXT = Symbol.for('vitest-perf.cold-start-context')

/** Hands cold starts over to the matchers, invisible to printing and equality. */
export function attachStarts({ data }: ColdStart, context: StartsContext): void {
  Object.defineProperty(data, CONTEXT, { value: context, enumerable: false, configurable: true })
}

/** Cold starts that `expect()` was given; `null` for something else. */
export function startsOf(received: unknown): ColdStart | null {
  const data = (received as { readonly data?: { readonly schema?: unknown } } | null | undefined)?.data
  return data?.schema === 'perf/cold-start@1' ? (received as ColdStart) : null
}

/** How claims about them are judged: our own measuring disturbs a start too little to make it invalid. */
export function standingOfStarts({ data }: ColdStart): Standing {
  const context = (data as ColdStartData & { [CONTEXT]?: StartsContext })[CONTEXT]
  return {
    validity: VALID,
    onInvalid: 'fail',
    onInconclusive: context?.onInconclusive ?? 'warn',
    record: (expectation) => context?.record(expectation),
  }
}
