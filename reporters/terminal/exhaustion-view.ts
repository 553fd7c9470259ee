import type { ExhaustionSummary } from '../../src/domain/exhaustion.ts'
import { levelText } from '../../src/format/capacity-text.ts'
import { wrap, wrapParts } from '../../src/format/display-width.ts'
import { exhaustionText, signText } from '../../src/format/exhaustion-text.ts'
import { formatCount, formatDuration, formatShare } from '../../src/format/quantity-text.ts'
import { trialCurve } from './capacity-view.ts'
import type { Screen } from './load-view.ts'

const ENDINGS: Readonly<Record<NonNullable<ExhaustionSummary['end']>, string>> = {
  refused: 'ended: the target refused',
  'to-reached': 'ended: highest level reached',
  generator: 'ended: the generator could not apply more',
  aborted: 'stopped: these are the steps until then',
}

/** A ramp: what gave out first, then everything that gave out in order, then the steps as a curve. */
export function exhaustionLines(ramp: ExhaustionSummary, screen: Screen): string[] {
  const { columns, style } = screen
  const { specId, by, from, to, refusal, end, signs, trials, notes } = ramp
  const asked = `${levelText(by, from)} to ${levelText(by, to)} until ${formatShare(refusal)} of the requests fail`
  const parts = [specId.file, asked, `${formatCount(trials.length)} steps`, ...(end === null ? [] : [ENDINGS[end]])]
  return [
    ...wrapParts([ramp.title, exhaustionText(ramp)], columns, 2).map(style.bold),
    ...wrapParts(parts, columns, 2).map(style.dim),
    ...signs.flatMap((sign, i) =>
      wrapParts(
        [
          `${i + 1}. ${signText(sign)}`,
          `at ${levelText(by, sign.level)}`,
          `after ${formatDuration(sign.atUs)}`,
          sign.figure,
        ],
        columns,
        3,
      ),
    ),
    // Signs are told above.
    ...(trials.length === 0
      ? []
      : trialCurve(
          by,
          trials.map((trial) => ({ ...trial, why: '' })),
          screen,
        )),
    ...notes.flatMap((note) => wrap(`  ${note}`, columns, 4)).map(style.yellow),
  ]
}
