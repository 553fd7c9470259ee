import { type SpecId, specIdText } from './spec-id.ts'

/**
 * One of several looks at one question, all planned before the first: each adds runs to the sample, none takes one away,
 * and the first that decides ends it.
 */
export interface Look {
  /** From 1. */
  readonly index: number
  /** Most looks that there may be. */
  readonly of: number
}

/** Looks at a question that stays open, the first included. */
export const PLANNED_LOOKS = 3

/** Of loads that were repeated the last, which stands for all of them. */
export function lastLooks<Load extends { readonly specId: SpecId }>(loads: readonly Load[]): readonly Load[] {
  const last = new Map(loads.map((load) => [specIdText(load.specId), load]))
  return loads.filter((load) => last.get(specIdText(load.specId)) === load)
}
