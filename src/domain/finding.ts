/** What a finding says was so. */
export type FindingKind =
  | 'generator-limit'
  | 'out-of-memory'
  | 'kv-cache-full'
  | 'gpu-bound'
  | 'one-core'
  | 'cpu-saturated'
  | 'backlog-grew'
  | 'past-the-knee'
  | 'waits-in-queue'
  | 'fallback'
  | 'memory-near-limit'
  | 'start-outlier'
  | 'cache-misses'

/** A plain sentence about what limited a load or made its numbers what they are. */
export interface LoadFinding {
  readonly kind: FindingKind
  /** With its numbers. */
  readonly message: string
  /** What to try. */
  readonly advice: string
  /** From 0 (at its threshold) to 1: how far the numbers go beyond what the finding asks for. Findings are ranked by it. */
  readonly evidence: number
  /** The numbers of the sentence by name, in base units (microseconds, bytes, shares, 1/s). */
  readonly numbers: Readonly<Record<string, number>>
}
