import { percentile } from '../../domain/distribution.ts'
import type { LoadFinding } from '../../domain/finding.ts'
import { formatCount, formatDuration, formatShare } from '../../format/quantity-text.ts'
import { counterNames, counterOf } from '../../measure/counter.ts'
import { alikeSeries, type FindingFacts, strength } from './finding-facts.ts'

const FEWEST = 50
/** Shares of hits that leave enough answers on both sides to see what a miss costs. */
const MIXED = [0.05, 0.95] as const
/** How far around the share of hits latencies are compared: answers of both kinds overlap a little. */
const AROUND = 0.04
/** By how much answers behind the share of hits are slower than those before it. */
const JUMP = 2
/** Counters of answers from a cache, as servers call them. */
const CACHE_HIT = /^(?:.*[-_ ])?(?:prefix[-_ ]?|kv[-_ ]?|response[-_ ]?)?cache[-_ ]?(?:d|hit|hits)$/i

/** Answers that missed a cache are so much slower that the latencies fall into two groups, at the share of hits. */
export function cacheMisses(facts: FindingFacts): LoadFinding | null {
  for (const { of, series } of alikeSeries(facts)) {
    const { latency } = series.distributions
    if (latency === undefined || latency.n < FEWEST) continue
    for (const name of counterNames(series)) {
      const counter = counterOf(series, name)
      if (counter === null || counter.missing > 0 || counter.n !== latency.n || !CACHE_HIT.test(name)) continue
      const { share } = counter
      if (share < MIXED[0] || share > MIXED[1]) continue
      const fast = percentile(latency, 100 * Math.max(share - AROUND, 0.01))!
      const slow = percentile(latency, 100 * Math.min(share + AROUND, 0.99))!
      const hitUs = percentile(latency, 50 * share)!
      const missUs = percentile(latency, 50 * (1 + share))!
      // The step must lie where the hits end: as many fast answers for another reason would be a coincidence.
      if (slow < JUMP * fast || fast > JUMP * hitUs || missUs > JUMP * slow) continue
      return {
        kind: 'cache-misses',
        message: `${of}${formatShare(1 - share)} of ${formatCount(counter.n)} answers missed the cache (${name}) and took about ${formatDuration(missUs)}, as against ${formatDuration(hitUs)} for hits`,
        advice:
          'look at what keeps answers out of the cache (keys, size, expiry), or judge hits and misses apart with promptClass',
        evidence: 0.3 + 0.5 * strength(1 - share, 0, 1),
        numbers: { hitShare: share, hitUs, missUs },
      }
    }
  }
  return null
}

/** Of all requests, that answers failed the check for speech: a few are broken, many are a stand-in. */
const TONES = 0.05

/** Something answered in the place of the service. */
export function fallback({ data, implausible }: FindingFacts): LoadFinding | null {
  const tones = data.errors
    .filter(({ kind, detail }) => kind === 'check' && detail === 'notTone')
    .reduce((sum, { count }) => sum + count, 0)
  const share = data.series.outcomes.attempted === 0 ? 0 : tones / data.series.outcomes.attempted
  if (share >= TONES) {
    return {
      kind: 'fallback',
      message: `${formatCount(tones)} of ${formatCount(data.series.outcomes.attempted)} answers were a pure tone or silence, not speech: a fallback answered for the model`,
      advice: 'look in the log of the service for why its model was not loaded',
      evidence: 0.9,
      numbers: { tones, share },
    }
  }
  if (implausible === null) return null
  const { latencyUs, usualUs, runs } = implausible
  return {
    kind: 'fallback',
    message: `p50 latency ${formatDuration(latencyUs)} is ${formatShare(latencyUs / usualUs)} of the ${formatDuration(usualUs)} that comparable runs took (${formatCount(runs)})`,
    advice: 'make sure that the service itself answered, not a fallback',
    evidence: 0.8,
    numbers: { latencyUs, usualUs, runs },
  }
}
