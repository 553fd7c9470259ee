import type { WatchedData } from '../domain/resource.ts'
import { exact, formatBytes } from '../format/quantity-text.ts'
import { driftOf, type TimedValue } from '../stats/drift.ts'
import { unknown, type Ruling } from './claim.ts'
import {
  type DriftFinding,
  type DriftOptions,
  driftRule,
  ruleOnDrift,
  secondsOf,
  type Stretch,
  stretchesOf,
  tooShort,
} from './drift-claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import { type OfOptions, watchedOf } from './watched-subject.ts'

const NAME = 'toNotLeakMemory'

/** How much memory may grow, over how long, and of which watched process. */
export interface LeakOptions extends DriftOptions, OfOptions {}

/**
 * The memory of a watched process does not grow: the Theil-Sen slope of its resident memory, descendants included, is
 * not proven (Hamed-Rao p < .01) or at most 5 % of the level across the window. Shrinking is no leak. Under ten minutes:
 * cannot judge. Needs `monitors: { process }` in `load()`.
 */
export const toNotLeakMemory: Matcher = defineMatcher(NAME, (subject, [options]) => {
  const rule = driftRule(NAME, options, ['of'])
  const watched = watchedOf(NAME, subject, (options as LeakOptions | undefined)?.of, ['process'])
  const relation = `over ${exact(rule.growth * 100)} %`
  return {
    text: `memory of ${watched.name} not growing ${relation}${subject.of}`,
    negatedText: `memory of ${watched.name} growing ${relation}${subject.of}`,
    judge: (): Ruling => {
      const memory = memoryOf(watched)
      const findings: DriftFinding[] = []
      for (const stretch of stretchesOf(subject)) {
        const finding = tooShort(stretch, rule) ?? findingOf(stretch, memory, rule.atLeastUs)
        if ('outcome' in finding) return finding
        findings.push(finding)
      }
      return ruleOnDrift(findings, rule, 'up', 'compare heap snapshots or allocation profiles of the process over time')
    },
  }
})

function memoryOf({ samples: { atUs, columns } }: WatchedData): TimedValue[] {
  return (columns.rss?.mean ?? []).flatMap((value, i) =>
    value === null ? [] : { second: Math.floor(atUs[i]! / 1e6), value },
  )
}

function findingOf(stretch: Stretch, memory: readonly TimedValue[], atLeastUs: number): DriftFinding | Ruling {
  const { from, to } = secondsOf(stretch)
  const samples = memory.filter(({ second }) => second >= from && second < to)
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) {
    return unknown(
      `the memory of the process was not readable in the window${stretch.of}`,
      'it needs Linux, and a process that runs on this machine during the load',
    )
  }
  // Samples come about once a second: one at either end may fall beside the window.
  if ((last.second - first.second + 1) * 1e6 < Math.min(atLeastUs, (to - from) * 1e6) - 2e6) {
    return unknown(
      `the process was there for ${last.second - first.second + 1} s of the window${stretch.of} only`,
      'look for why it ended; a restarted process is another one',
    )
  }
  const drift = driftOf(samples, first.second, last.second + 1)
  if (drift === null) return unknown('too few samples of the memory', 'make the load longer')
  return { label: `memory${stretch.of}`, drift, level: formatBytes(drift.level), stretch }
}
