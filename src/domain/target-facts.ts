/** Something that a server tells of itself, and where. */
export interface TargetFact {
  readonly name: TargetFactName
  /** `null` where the server does not tell it. */
  readonly value: string | number | null
  /** The endpoint that told it: `/v1/models`; `null` without a value. */
  readonly source: string | null
}

/** What is asked of every server, in the order of tables. */
export const TARGET_FACTS = [
  'model',
  'quantisation',
  'parameters',
  'model size',
  'context',
  'trained context',
  'vocabulary',
  'requests at once',
  'batch tokens',
  'server',
] as const
export type TargetFactName = (typeof TARGET_FACTS)[number]
