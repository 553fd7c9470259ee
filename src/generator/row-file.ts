import { mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LoadPlan } from '../domain/load-plan.ts'
import { purposeSeed, seededRandom } from '../domain/random.ts'
import type { RowsAsked } from '../pool/protocol.ts'
import { RequestRows } from './request-rows.ts'
import type { RowsOfLevels } from './series-recorder.ts'

/** Rows that wait for the run's time zero. */
export interface RowFile extends RowsOfLevels {
  /** @param startedAt ISO 8601: the time that all others count from */
  readonly begin: (startedAt: string) => void
}

/**
 * Rows of a generator in a file of its own, which begins with the first of them. It is written to in one go: what has been
 * handed over outlives the process, and a line is never cut in two by another.
 */
export function rowFile(
  { path, share, head }: RowsAsked,
  { seed, scenario }: LoadPlan,
  generator: number,
  note: (message: string) => void,
): RowFile {
  let file: number | null = null
  const append = (text: string): void => {
    if (file === null) {
      mkdirSync(dirname(path), { recursive: true })
      file = openSync(path, 'wx')
    }
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
  }
  const random = seededRandom(purposeSeed(seed, 'rows'), generator)
  const rows = new RequestRows({ append, share, random, note })
  return {
    rows,
    levels: new Set(scenario.kind === 'mix' ? ['request'] : ['iteration', 'request']),
    begin: (startedAt) => rows.head({ ...head, generator, started_at: startedAt }),
  }
}
