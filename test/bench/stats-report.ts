import { parseArgs } from 'node:util'
import { creepPower, sweepAlarms, sweepPower } from '../statistical/history-sweep.ts'
import { PLANNED_LOOKS } from '../../src/domain/look.ts'
import { lookVerdicts } from '../statistical/look-trials.ts'
import { pairVerdicts } from '../statistical/pair-trials.ts'
import { Random } from '../statistical/random.ts'
import { historyVerdicts } from '../statistical/history-trials.ts'

/*
 * How far the verdicts can be relied on, from seeded simulation: `npm run stats:report [-- --trials 4000]`.
 * The model is that of test/statistical/run-model.ts; the tests there pin the same figures from fewer trials.
 */
const { values } = parseArgs({ options: { trials: { type: 'string', default: '4000' } } })
const trials = Number(values.trials)
if (!Number.isInteger(trials) || trials < 100) throw new RangeError('--trials takes a whole number from 100')
const CVS = [0.03, 0.05, 0.1]
let missed = 0

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const share = (value: number): string => percent(value).padStart(8)

function goal(what: string, value: number, kept: boolean, limit: string, text: string = percent(value)): void {
  if (!kept) missed++
  console.log(`  ${kept ? 'kept  ' : 'MISSED'}  ${what}: ${text} (goal ${limit})`)
}

console.log(`model: run CV half job, half run (of the variance); job autocorrelation .3; 5 % of runs 15 to 60 % slower`)
console.log(`${trials} trials; a share of 1 % has a standard error of ${percent(Math.sqrt(0.0099 / trials))}\n`)

console.log('compare(), ten pairs: REGRESSED in')
console.log('  CV        A/A     +5 %    +10 %    +20 %')
const gate = CVS.map((cv) => {
  const found = [1, 1.05, 1.1, 1.2].map(
    (factor) => pairVerdicts({ cv }, { factor }, trials, new Random(1)).REGRESSED,
  ) as [number, number, number, number]
  console.log(`  ${percent(cv).padEnd(6)}${found.map(share).join(' ')}`)
  return found
})
const within = pairVerdicts({ cv: 0.05, jobShare: 0 }, { factor: 1.1 }, trials, new Random(2)).REGRESSED
const drifting = pairVerdicts({ cv: 0.05, jobShare: 0 }, { factor: 1.1, drift: 0.1 }, trials, new Random(2)).REGRESSED
console.log(
  `  all noise within the job, CV 5 %, +10 %: ${percent(within)}; with a drift of 10 % in the job: ${percent(drifting)}`,
)
gate.forEach(([aa], i) => goal(`A/A false alarms at CV ${percent(CVS[i]!)}`, aa, aa <= 0.01, 'at most 1 %'))
goal('+10 % at CV 5 %', gate[1]![2], gate[1]![2] >= 0.95, 'at least 95 %')
goal('+10 % at CV 5 %, all within the job', within, within >= 0.8, 'at least 80 %')
const wrongOk = pairVerdicts({ cv: 0.05 }, { factor: 1.05, margin: 0.05 }, trials, new Random(3)).OK
goal('wrong OK: +5 % called no worse than 5 %', wrongOk, wrongOk <= 0.05, 'at most 5 %')

console.log('\ntoNotRegress() of one run against the last runs of the history: REGRESSED in')
console.log('  CV        A/A     +5 %    +10 %    +20 %')
for (const cv of CVS) {
  const found = [1, 1.05, 1.1, 1.2].map(
    (factor) => historyVerdicts({ cv }, factor, Math.ceil(trials / 4), new Random(4)).REGRESSED,
  )
  console.log(`  ${percent(cv).padEnd(6)}${found.map(share).join(' ')}`)
}
console.log('  one run in twenty is wild in this model, and one run cannot tell that from a regression')

console.log(`\nonInconclusive: 'rerun': at most ${PLANNED_LOOKS} looks, all error rates over all of them`)
console.log('  CV        REGRESSED A/A          +10 %           OK A/A           runs  (one look, three)')
for (const cv of CVS) {
  const model = { cv, outliers: 0 }
  const of = (looks: number, factor: number): ReturnType<typeof lookVerdicts> =>
    lookVerdicts(model, { factor, sampling: 0.02, margin: 0.1, looks }, Math.ceil(trials / 4), new Random(8))
  const [one, three] = [of(1, 1), of(PLANNED_LOOKS, 1)]
  const both = (pick: (found: ReturnType<typeof lookVerdicts>) => number, factor = 1): string =>
    [factor === 1 ? one : of(1, factor), factor === 1 ? three : of(PLANNED_LOOKS, factor)].map(pick).map(share).join('')
  console.log(
    `  ${percent(cv).padEnd(6)}${both((found) => found.REGRESSED)}${both((found) => found.REGRESSED, 1.1)}${both((found) => found.OK)}${three.runs.toFixed(2).padStart(10)}`,
  )
  goal(
    `A/A false alarms of a load at CV ${percent(cv)}, no wild runs`,
    three.REGRESSED,
    three.REGRESSED <= 0.01,
    'at most 1 %',
  )
}
const wild = [1, PLANNED_LOOKS].map((looks) =>
  percent(
    lookVerdicts({ cv: 0.05 }, { factor: 1, sampling: 0.02, looks }, Math.ceil(trials / 4), new Random(9)).REGRESSED,
  ),
)
console.log(
  `  with one run in twenty wild, CV 5 %: ${wild.join(' at one look, ')} at three; the first run decides there`,
)
for (const cv of CVS) {
  const pairs = (factor: number): number =>
    pairVerdicts({ cv }, { factor, looks: PLANNED_LOOKS }, Math.ceil(trials / 8), new Random(10)).REGRESSED
  const aa = pairs(1)
  goal(`A/A false alarms of compare() at CV ${percent(cv)}`, aa, aa <= 0.01, 'at most 1 %')
  console.log(`          it finds +5 % in ${percent(pairs(1.05))}, +10 % in ${percent(pairs(1.1))}`)
}

console.log('\nhistory, looked at after every run')
const histories = Math.ceil(trials / 10)
for (const cv of CVS) {
  const { changePoints, creep } = sweepAlarms({ cv }, histories, 100, new Random(5))
  goal(
    `false change points in 100 runs at CV ${percent(cv)}`,
    changePoints,
    changePoints <= 0.5,
    'at most 0.5',
    changePoints.toFixed(2),
  )
  console.log(`          false creep in 100 runs: ${creep.toFixed(2)}`)
}
const seen = [3, 5, 10, 20].map((after) =>
  percent(sweepPower({ cv: 0.05 }, 1.1, [20, after], Math.ceil(trials / 4), new Random(6))),
)
console.log(`  +10 % at CV 5 % seen within 3, 5, 10, 20 runs: ${seen.join(', ')}`)
console.log(
  `  a creep of 10 % over 30 runs told at CV 3 %: ${percent(creepPower({ cv: 0.03 }, 1.1, trials, new Random(7)))}`,
)
console.log(missed === 0 ? '\nall goals kept' : `\n${missed} goals missed`)
process.exitCode = missed === 0 ? 0 : 1
