import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { allowedTargets } from '../cluster/allowed-targets.ts'
import { clusterPackages } from '../cluster/cluster-packages.ts'
import { clusterSecret, SECRET_VARIABLE } from '../cluster/cluster-secret.ts'
import { ClusterWorker } from '../cluster/cluster-worker.ts'
import { locustCodec } from '../cluster/locust-codec.ts'
import type { NodeUsage } from '../cluster/locust-node.ts'
import { masterAddress } from '../cluster/master-address.ts'
import { masterSockets } from '../cluster/master-socket.ts'
import { envelopeKeys } from '../cluster/sealed-envelope.ts'
import { generatorLoads } from '../cluster/worker-load.ts'
import { LoadError } from '../domain/load-error.ts'
import { sharedClock } from '../domain/shared-clock.ts'
import type { Command, CommandPlace } from './command.ts'

const HELP = `usage: vitest-perf worker --master host[:port] [options]

Carries a part of the loads of a cluster: connects to a Locust master (port 5557 by default) and waits for loads, which
come from a Vitest on another machine. Stays between loads and when the master goes and comes back. Start one for each
core that is to carry load. Needs the packages zeromq and msgpackr.

  --master        address of the Locust master
  --allow-target  hosts that this worker may send to, with or without a port, separated by commas; all by default
  --secret-file   file with the secret that pool and workers share
  --secret        the secret itself; other users of the machine can see it
  --once          leave when the master shuts down

Without --secret-file and --secret, the secret is read from ${SECRET_VARIABLE}.
Ctrl-C and SIGTERM end the load that it carries and leave the cluster.

exit codes: 0 ended by a signal, or by the master with --once; 2 used wrongly`

const OPTIONS = {
  master: { type: 'string' },
  secret: { type: 'string' },
  'secret-file': { type: 'string' },
  'allow-target': { type: 'string' },
  once: { type: 'boolean', default: false },
} as const

const LOOK_EVERY_MS = 250
const TICK_EVERY_MS = 1000
/** A worker that is told to end is gone before its supervisor loses patience. */
const CLOSE_WITHIN_MS = 1500

/** Built entry of the generator's process. */
const GENERATOR = new URL('./guarded-generator.js', import.meta.url)

/** `vitest-perf worker`: see its help. */
export const worker: Command = {
  name: 'worker',
  usage: 'worker --master host',
  summary: 'carry a part of the loads of a cluster',
  help: HELP,
  run: async (args, place) => {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    if (values.master === undefined)
      throw new LoadError(
        'invalid-option',
        'option --master: got none, takes the address of a Locust master: host:port',
      )
    const address = masterAddress(values.master, 'option --master')
    const allowed = values['allow-target'] === undefined ? null : allowedTargets(values['allow-target'])
    const secret = secretOf(values, place)
    const packages = await clusterPackages()
    const ending = endings()
    const say = (line: string): void => place.say(`${new Date(place.now()).toISOString()} ${line}`)
    const host = hostname()
    say(`connecting to ${address}`)
    const carrier = new ClusterWorker({
      codec: locustCodec(packages),
      keys: envelopeKeys(secret),
      open: masterSockets(packages, address),
      carry: generatorLoads(GENERATOR, allowed),
      allowed,
      about: { version: place.toolVersion, node: process.version, host, cores: availableParallelism() },
      newId: () => `${host}_${randomBytes(6).toString('hex')}`,
      clockUs: sharedClock(),
      wallMs: place.now,
      usage: ownUsage(place.now),
      say,
      quit: () => {
        say('the master shuts down')
        if (values.once) ending.end()
      },
    })
    const timers = [setInterval(() => carrier.look(), LOOK_EVERY_MS), setInterval(() => carrier.tick(), TICK_EVERY_MS)]
    await ending.ended
    timers.forEach((timer) => clearInterval(timer))
    // Whatever hangs: generators are killed with this process.
    setTimeout(() => process.exit(0), CLOSE_WITHIN_MS).unref()
    await carrier.close()
    say('ended')
    return 0
  },
}

function secretOf(values: { readonly secret?: string; 'secret-file'?: string }, { cwd, env }: CommandPlace): string {
  const file = values['secret-file']
  if (values.secret !== undefined && file !== undefined)
    throw new LoadError('invalid-option', 'options --secret and --secret-file: got both, takes one of them')
  if (values.secret !== undefined) return clusterSecret(values.secret, 'option --secret')
  if (file === undefined) return clusterSecret(env[SECRET_VARIABLE], `the shared secret (${SECRET_VARIABLE})`)
  try {
    return clusterSecret(readFileSync(resolve(cwd, file), 'utf8'), `the secret in ${file}`)
  } catch (cause) {
    if (cause instanceof LoadError) throw cause
    throw new LoadError('invalid-option', `option --secret-file: ${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** Resolves at the first signal that asks this process to end, or at `end()`. */
function endings(): { readonly ended: Promise<void>; end(): void } {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end())
  return { ended, end: () => end() }
}

/** Usage of this process since the last call. */
function ownUsage(now: () => number): () => NodeUsage {
  let cpu = process.cpuUsage()
  let atMs = now()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const elapsedMs = now() - atMs
    cpu = process.cpuUsage()
    atMs = now()
    return {
      cpuPercent: elapsedMs > 0 ? ((user + system) / 1e3 / elapsedMs) * 100 : 0,
      rssBytes: process.memoryUsage.rss(),
    }
  }
}
