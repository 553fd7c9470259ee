import { LoadError } from '../domain/load-error.ts'
import { pointsOf, pointText, type SweepPoint, type SweepSummary } from '../domain/sweep.ts'
import { type SweepCell, SweepMatrix, whyOf } from '../measure/sweep-matrix.ts'
import { type SweepAxes, type SweepOptions, sweepQuestion } from '../plan/sweep-options.ts'
import type { LoadSession } from './load-session.ts'

/** The value of each axis at one combination. */
export type PointOf<Axes extends SweepAxes> = { readonly [Name in keyof Axes]: Axes[Name][number] }

/** What a sweep needs of its test's loads. */
export type SweepSession = Pick<LoadSession, 'beginSearch' | 'loadsOf' | 'owe' | 'signal'>

/**
 * Runs a cell for every combination of the axes, one after the other. A cell that fails keeps the others: the test fails
 * at its end, after its own claims about the rest.
 * @throws LoadError `invalid-option`, `load-aborted`; what the first cell threw when no cell measured anything
 */
export async function sweepLoads<Point extends SweepPoint>(
  session: SweepSession,
  axes: SweepAxes,
  run: (point: Point) => unknown,
  options?: SweepOptions,
): Promise<SweepMatrix<Point>> {
  const question = sweepQuestion(axes, options)
  const { specId, tell } = session.beginSearch(question.label)
  const points = pointsOf(question.axes) as Point[]
  const labels = points.map((point) => question.prefix + pointText(point))
  const cells: SweepCell<Point>[] = []
  const tellEnd = (end: SweepSummary['end']): void =>
    tell({
      kind: 'sweep',
      specId,
      title: [specId.path.at(-1) ?? specId.file, question.label].join(' · '),
      axes: question.axes,
      cells: points.map((point, i) => {
        const cell = cells[i]
        const error = cell?.error ?? null
        return { label: cell?.label ?? labels[i]!, point, why: error === null ? null : whyOf(error) }
      }),
      end,
    })
  tellEnd(null)
  try {
    for (const [i, point] of points.entries()) {
      const progress = `cell ${i + 1} of ${points.length}`
      const { runs, error } = await session.loadsOf({ label: labels[i]!, progress }, () => run(point))
      if (session.signal.aborted) throw new LoadError('load-aborted', 'the sweep was stopped')
      cells.push({
        label: runs[0]?.data.plan.label ?? labels[i]!,
        point,
        measurement: runs[0] ?? null,
        error: error ?? (runs.length === 1 ? null : loadsExpected(runs.length)),
      })
      tellEnd(null)
    }
  } catch (error) {
    tellEnd('aborted')
    throw error
  }
  tellEnd('done')
  const failed = cells.filter(({ error }) => error !== null)
  if (failed.length > 0 && cells.every(({ measurement }) => measurement === null)) throw failed[0]!.error
  if (failed.length > 0) session.owe(failureOf(failed, cells.length))
  return new SweepMatrix(question.axes, cells)
}

function loadsExpected(count: number): LoadError {
  return new LoadError(
    'invalid-option',
    `sweep(axes, cell): the cell made ${count} loads, takes a cell that makes one`,
    {
      hint: "async ({ users }) => load(chat, { users, duration: '20s' }), with `load` of the same test",
    },
  )
}

/** The first failure, with the labels of all. */
function failureOf(failed: readonly SweepCell[], of: number): Error {
  const [first] = failed
  const cause = first!.error
  const labels = failed.map(({ label }) => label).join('; ')
  const error = new Error(`${failed.length} of ${of} cells of the sweep failed (${labels}); the first: ${whyOf(cause)}`)
  // It leads to the spec's own line, where there is one.
  if (cause instanceof Error && cause.stack !== undefined) error.stack = cause.stack
  return error
}
