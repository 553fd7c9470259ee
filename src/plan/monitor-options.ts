import { z } from 'zod'
import type { MonitorPlan } from '../domain/load-plan.ts'

/** What is watched beside the load. */
export interface MonitorOptions {
  /** A process whose memory is sampled once a second, with its descendants: a pid, or what `server()` returned. */
  readonly process?: number | { readonly pid: number }
}

const TAKES = 'takes a pid, or what server() returned'
const pid = z.int(TAKES).min(1, TAKES)
const watched = z.union([pid, z.looseObject({ pid }, TAKES).transform((server) => server.pid)], TAKES)

/** The option `monitors` of a load. */
export const MONITORS: z.ZodType<MonitorPlan> = z
  .strictObject({ process: watched.optional() }, 'takes { process }')
  .transform((options): MonitorPlan => ({ processPid: options.process ?? null }))
