import type { LoadFinding } from '../../domain/finding.ts'
import { cacheMisses, fallback } from './answers.ts'
import { backlogGrew } from './backlog.ts'
import type { FindingFacts } from './finding-facts.ts'
import { generatorLimit } from './generator-limit.ts'
import { pastTheKnee } from './knee.ts'
import { kvCacheFull, memoryNearLimit, outOfMemory } from './memory.ts'
import { cpuSaturated, oneCore } from './processor.ts'
import { waitsInQueue } from './queue-wait.ts'
import { startOutlier } from './start.ts'

const RULES: readonly ((facts: FindingFacts) => LoadFinding | null)[] = [
  outOfMemory,
  kvCacheFull,
  backlogGrew,
  oneCore,
  cpuSaturated,
  pastTheKnee,
  waitsInQueue,
  fallback,
  memoryNearLimit,
  startOutlier,
  cacheMisses,
]

/**
 * What the numbers of a load say about its limits, the best supported first. Of an invalid measurement nothing is said but
 * that the generator was the limit, where it was. A rule that misses a number that it needs says nothing.
 */
export function loadFindings(facts: FindingFacts): readonly LoadFinding[] {
  if (facts.data.validity.state === 'invalid') {
    const limit = generatorLimit(facts)
    return limit === null ? [] : [limit]
  }
  return RULES.flatMap((rule) => rule(facts) ?? []).sort((a, b) => b.evidence - a.evidence)
}
