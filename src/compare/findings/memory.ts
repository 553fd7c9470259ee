import type { LoadFinding } from '../../domain/finding.ts'
import { formatBytes, formatRate, formatShare } from '../../format/quantity-text.ts'
import { type FindingFacts, numbersOf, strength } from './finding-facts.ts'

/** Of its limit: what a long run, or a longer prompt, may still need is about as much as garbage and fragments take. */
const NEAR_LIMIT = 0.85
/** Of the machine's memory: it is shared, and beyond this the kernel takes file pages and then swaps. */
const NEAR_ALL = 0.95
/** Resources whose memory is bounded by no limit of their own, or that is filled on purpose. */
const UNBOUNDED: ReadonlySet<string> = new Set(['process', 'gpu', 'metrics'])

/** Memory that comes near to the limit of what is watched. */
export function memoryNearLimit({ data }: FindingFacts): LoadFinding | null {
  const near = numbersOf(data, 'memory', 2).flatMap(({ watched, max }) => {
    const { kind, name, memoryBytes } = watched
    if (UNBOUNDED.has(kind) || memoryBytes === null || memoryBytes === 0) return []
    const limit = kind === 'host' ? NEAR_ALL : NEAR_LIMIT
    const share = max / memoryBytes
    return share < limit ? [] : [{ kind, name, max, memoryBytes, share, evidence: strength(share, limit, 1) }]
  })
  const [most] = near.toSorted((a, b) => b.evidence - a.evidence)
  if (most === undefined) return null
  const { kind, name, max, memoryBytes, share } = most
  const ofWhat = kind === 'host' ? 'of this machine' : `of its limit`
  return {
    kind: 'memory-near-limit',
    message: `memory of ${name} came to ${formatBytes(max)}, ${formatShare(share)} ${ofWhat} of ${formatBytes(memoryBytes)}`,
    advice:
      kind === 'host'
        ? 'free memory, or give the machine more: what is left is too little for peaks'
        : 'raise the limit or need less: peaks and leaks end in a kill; toNotLeakMemory() watches a long run',
    evidence: 0.3 + 0.5 * most.evidence,
    numbers: { memory: max, limit: memoryBytes, share },
  }
}

/** Of the KV cache, in at least half of the samples: it is the cache that holds requests up, not a peak. */
const CACHE_FULL = 0.95
/** Per second, in the mean: one in a minute is an accident. */
const PREEMPTIONS = 1 / 30

/** The memory for attention is full and requests lose their place in it. */
export function kvCacheFull({ data }: FindingFacts): LoadFinding | null {
  for (const cache of numbersOf(data, 'kvCacheShare')) {
    const preempted = numbersOf(data, 'preemptions').find(({ watched }) => watched.name === cache.watched.name)
    const usual = cache.percentile(50)
    if (preempted === undefined || preempted.mean < PREEMPTIONS || usual < CACHE_FULL) continue
    return {
      kind: 'kv-cache-full',
      message: `the KV cache of ${cache.watched.name} was ${formatShare(usual)} full in the median and ${formatRate(preempted.mean)} requests were preempted: they start over when there is room`,
      advice:
        'give it more memory (vLLM: --gpu-memory-utilization), shorter contexts, or fewer requests at once (--max-num-seqs)',
      evidence: 0.7 + 0.3 * strength(preempted.mean, PREEMPTIONS, 1),
      numbers: { kvCacheShare: usual, preemptionsPerSecond: preempted.mean },
    }
  }
  return null
}

/** Something was killed for want of memory while the load ran. */
export function outOfMemory({ data }: FindingFacts): LoadFinding | null {
  const killed = numbersOf(data, 'oomKills', 1).find(({ max }) => max >= 1)
  if (killed === undefined) return null
  return {
    kind: 'out-of-memory',
    message: `the kernel killed ${killed.max} times in ${killed.watched.name} for want of memory`,
    advice: 'raise its memory limit, or need less',
    evidence: 1,
    numbers: { oomKills: killed.max },
  }
}
