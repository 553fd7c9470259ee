import * as z from 'zod'
import type { StatsdTarget } from '../domain/monitor-plan.ts'
import { oneOrMore } from './load-schema.ts'

/**
 * A StatsD for the target: counters, gauges, timers, histograms, distributions and sets over UDP, with the tags of
 * DogStatsD. It listens from before a load to after its last answer, on a port that the service was told.
 */
export interface StatsdOptions {
  /** Taken, it is an error. @default 8125 */
  readonly port?: number
  /** Address to listen on; '0.0.0.0' for a service in a container. @default '127.0.0.1' */
  readonly host?: string
  /** Series that are kept; lines of further ones are counted and left out. @default 1000 */
  readonly series?: number
  /** As tables and matchers name it. @default 'statsd', of several with their port */
  readonly as?: string
}

const TAKES = 'takes { port?, host?, series?, as? } or a list of these'
const sink = z.strictObject(
  {
    port: z.int('takes 1 to 65535').min(1, 'takes 1 to 65535').max(65_535, 'takes 1 to 65535').optional(),
    host: z.union([z.ipv4(), z.ipv6()], 'takes an address of this machine').optional(),
    series: z.int('takes 1 to 100,000').min(1, 'takes 1 to 100,000').max(100_000, 'takes 1 to 100,000').optional(),
    as: z.string().trim().min(1, 'takes a text that is not empty').optional(),
  },
  TAKES,
)

/** The option `statsd` of `monitors`. */
export const STATSD_TARGETS: z.ZodType<readonly StatsdTarget[]> = oneOrMore(sink).transform((all) =>
  all.map(({ port = 8125, host = '127.0.0.1', series = 1000, as }): StatsdTarget => ({
    name: as ?? (all.length === 1 ? 'statsd' : `statsd ${port}`),
    host,
    port,
    series,
  })),
)
