import { formatShare, significant } from '../format/quantity-text.ts'
import { normalQuantile } from '../stats/normal.ts'
import type { MachineFacts, TimerFacts } from './machine-facts.ts'

/** One line of `vitest-perf doctor`. */
export interface MachineCheck {
  readonly id: 'governor' | 'load' | 'thermal' | 'quota' | 'timer' | 'noise' | 'detectable'
  /** `unknown`: this machine does not tell, which is no fault. */
  readonly state: 'ok' | 'warn' | 'unknown'
  readonly found: string
  /** What to do; `null` unless there is something. */
  readonly advice: string | null
}

/** Share of the cores that other work may keep busy. */
const BUSY = 0.25
const HOT_CELSIUS = 85
/** Later than this a timer disturbs arrivals. */
const LATE_MS = 5
const NOISY = 0.05
const ALPHA = 0.01
const POWER = 0.8
/** Runs on each side: what is compared from the fifth run on, and the pairs of an interleaved comparison. */
const RUNS = [5, 10] as const

/** Whether a machine is fit to measure on. */
export function machineChecks(
  { cores, governors, load, hottest, throttled, quota }: MachineFacts,
  timer: TimerFacts,
  medians: readonly number[],
): readonly MachineCheck[] {
  const cv = cvOf(medians)
  const slow = (governors ?? []).filter((name) => name !== 'performance')
  const isHot = hottest !== null && hottest >= HOT_CELSIUS
  return [
    check(
      'governor',
      governors === null ? null : slow.length === 0,
      `CPU governor ${governors?.join(', ') ?? 'not told'}`,
      {
        warn: 'clocks follow the load: `sudo cpupower frequency-set -g performance`',
      },
    ),
    check('load', load <= cores * BUSY, `load ${significant(load)} on ${cores} cores`, {
      warn: 'other work runs here: stop it, or measure on a machine of its own',
    }),
    check(
      'thermal',
      hottest === null && throttled === null ? null : !isHot && (throttled ?? 0) === 0,
      [
        hottest === null ? 'temperature not told' : `hottest sensor ${significant(hottest)} °C`,
        ...(throttled === null ? [] : [`throttled ${throttled} times since boot`]),
      ].join(', '),
      { warn: 'heat lowers the clocks: cool it, or rest between runs' },
    ),
    check(
      'quota',
      quota === null || quota >= cores,
      quota === null ? 'no CPU quota' : `CPU quota of ${quota} of ${cores} cores`,
      {
        warn: 'a quota stops the process in the middle of a request: give whole cores (cpuset) instead',
      },
    ),
    check(
      'timer',
      timer.lateMs <= LATE_MS,
      `clock step ${significant(timer.stepNs)} ns, timers ${significant(Math.max(0, timer.lateMs))} ms late at p99`,
      { warn: 'requests start late: other work or a virtual machine that shares its cores' },
    ),
    check(
      'noise',
      cv <= NOISY,
      `the same again differs by CV ${formatShare(cv)} (${medians.length} runs on loopback)`,
      {
        warn: 'small differences will be INCONCLUSIVE: mend what is above, or interleave with `compare()`',
      },
    ),
    check(
      'detectable',
      detectable(cv, RUNS[1]) <= NOISY * 2,
      RUNS.map((n) => `${formatShare(detectable(cv, n))} with ${n} runs of each`).join(', ') +
        ' can be detected at best',
      { warn: 'more runs detect less: twice as small a difference takes four times as many' },
    ),
  ]
}

function check(
  id: MachineCheck['id'],
  isWell: boolean | null,
  found: string,
  { warn }: { readonly warn: string },
): MachineCheck {
  const state = isWell === null ? 'unknown' : isWell ? 'ok' : 'warn'
  return { id, state, found, advice: state === 'warn' ? warn : null }
}

/** Smallest change that n runs of each side find with 80 % power: delta = (z_alpha + z_beta) CV sqrt(2 / n). */
function detectable(cv: number, n: number): number {
  return (normalQuantile(1 - ALPHA) + normalQuantile(POWER)) * cv * Math.sqrt(2 / n)
}

function cvOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) / mean
}
