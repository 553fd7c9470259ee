import { LoadError } from '../domain/load-error.ts'
import type { MemorySample } from '../domain/measurement.ts'
import { exact, formatBytes } from '../format/quantity-text.ts'
import { driftOf } from '../stats/drift.ts'
import { unknown, type Ruling } from './claim.ts'
import {
  type DriftFinding,
  driftRule,
  ruleOnDrift,
  secondsOf,
  type Stretch,
  stretchesOf,
  tooShort,
} from './drift-claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'

const NAME = 'toNotLeakMemory'

/**
 * The memory of the watched process does not grow: the Theil-Sen slope of its resident memory, descendants included, is
 * not proven (Hamed-Rao p < .01) or at most 5 % of the level across the window. Shrinking is no leak. Under ten minutes:
 * cannot judge. Needs `monitors: { process }` in `load()`.
 */
export const toNotLeakMemory: Matcher = defineMatcher(NAME, (subject, [options]) => {
  const rule = driftRule(NAME, options)
  const watched = subject.data.monitors.process
  if (watched === null) {
    throw new LoadError('not-measured', `${NAME}: no process was watched`, {
      hint: 'declare it: load(scenario, { ..., monitors: { process: service } }) with the result of server(), or a pid',
    })
  }
  const relation = `over ${exact(rule.growth * 100)} %`
  return {
    text: `memory of process ${watched.pid} not growing ${relation}${subject.of}`,
    negatedText: `memory of process ${watched.pid} growing ${relation}${subject.of}`,
    judge: (): Ruling => {
      const findings: DriftFinding[] = []
      for (const stretch of stretchesOf(subject)) {
        const finding = tooShort(stretch, rule) ?? findingOf(stretch, watched.memory, rule.atLeastUs)
        if ('outcome' in finding) return finding
        findings.push(finding)
      }
      return ruleOnDrift(findings, rule, 'up', 'compare heap snapshots or allocation profiles of the process over time')
    },
  }
})

function findingOf(stretch: Stretch, memory: readonly MemorySample[], atLeastUs: number): DriftFinding | Ruling {
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
  const drift = driftOf(
    samples.map(({ second, rssBytes: value }) => ({ second, value })),
    first.second,
    last.second + 1,
  )
  if (drift === null) return unknown('too few samples of the memory', 'make the load longer')
  return { label: `memory${stretch.of}`, drift, level: formatBytes(drift.level), stretch }
}
