import type { OpenGap } from '../domain/load-leg.ts'
import type { Gap } from '../domain/measurement.ts'

/** A stretch of time, microseconds since the run's start. */
export interface TimeSpan {
  readonly startUs: number
  readonly endUs: number
}

/** The parts of a stretch in which the load was measured, in order; at least one, if without length. */
export function partsOf({ startUs, endUs }: TimeSpan, gaps: readonly Gap[]): readonly TimeSpan[] {
  const inside = gapsIn({ startUs, endUs }, gaps)
  const starts = [startUs, ...inside.map((gap) => gap.toUs)]
  const ends = [...inside.map((gap) => gap.fromUs), endUs]
  return starts.map((from, i) => ({ startUs: from, endUs: Math.max(from, ends[i]!) }))
}

/** Length of a stretch without its gaps, microseconds. */
export function measuredUs(span: TimeSpan, gaps: readonly Gap[]): number {
  return partsOf(span, gaps).reduce((sum, { startUs, endUs }) => sum + endUs - startUs, 0)
}

/** The gaps that lie at least partly in a stretch. */
export function gapsIn({ startUs, endUs }: TimeSpan, gaps: readonly Gap[]): readonly Gap[] {
  return gaps.filter((gap) => gap.toUs > startUs && gap.fromUs < endUs)
}

/** The gaps of a load that is under way. */
export class OpenGaps {
  readonly #gaps: OpenGap[]

  constructor(gaps: readonly OpenGap[] = []) {
    this.#gaps = [...gaps]
  }

  /** Nothing has been measured since `fromUs`; no news where nothing was measured since the last gap opened. */
  open(fromUs: number, reason: string): void {
    if (this.#gaps.at(-1)?.toUs !== null) this.#gaps.push({ fromUs, toUs: null, reason })
  }

  /** A window is open again. */
  close(toUs: number): void {
    const gap = this.#gaps.at(-1)
    if (gap?.toUs === null) this.#gaps.splice(-1, 1, { ...gap, toUs })
  }

  /** All of them; one that is still open lasts until now. */
  until(nowUs: number): readonly Gap[] {
    return this.#gaps.map((gap) => ({ ...gap, toUs: gap.toUs ?? Math.max(nowUs, gap.fromUs) }))
  }

  leg(): readonly OpenGap[] {
    return [...this.#gaps]
  }
}
