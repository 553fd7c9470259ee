import '../generator/main.ts'
import type { GeneratorCommand } from '../pool/protocol.ts'
import type { AllowedTarget } from './allowed-targets.ts'
import { guardSockets } from './socket-guard.ts'

/*
 * The generator process of a cluster worker: composition root. The same generator as on the pool's own machine, with what
 * another machine needs: it goes when its worker says nothing for a while (a worker that is frozen cannot end it, and by
 * then its part is somebody else's), and it sends nowhere but where the worker's list allows.
 */

/** What the worker starts it with. */
export interface GuardOptions {
  /** `null`: everywhere. */
  readonly allowed: readonly AllowedTarget[] | null
}

/** Below the pool's patience with a silent generator: its part must not be carried twice. */
const SILENT_MS = 2500
const LOOK_EVERY_MS = 250

const { allowed } = JSON.parse(process.argv[2] ?? '{"allowed":null}') as GuardOptions
if (allowed !== null) guardSockets(allowed)

let heardMs = performance.now()
let lookedMs = heardMs
/** Before its start it carries nothing, and loading a scenario may block it for as long on a busy machine. */
let started = false

process.on('message', ({ kind }: GeneratorCommand) => {
  heardMs = performance.now()
  if (kind !== 'go') return
  started = true
  lookedMs = heardMs
})
setInterval(() => {
  if (!started) return
  // A generator that was frozen itself, or blocked for as long, has been given up as well.
  if (performance.now() - lookedMs > SILENT_MS) process.exit(1)
  lookedMs = performance.now()
  // What came while this process was busy is read before its sender is judged.
  setImmediate(() => {
    if (performance.now() - heardMs > SILENT_MS) process.exit(1)
  })
}, LOOK_EVERY_MS)
