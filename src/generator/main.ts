import { sharedClock } from '../domain/shared-clock.ts'
import type { GeneratorCommand, GeneratorReport } from '../pool/protocol.ts'
import { processHealth } from './generator-health.ts'
import { watchParent } from './parent-watch.ts'
import { type RowFile, rowFile } from './row-file.ts'
import { Session } from './session.ts'

/*
 * The generator process: composition root. Its parent forks it and talks pool/protocol.ts; it does one load and lives
 * until its parent ends it, or until its parent is gone.
 */

const clockUs = sharedClock()

let session: Session | null = null
let file: RowFile | null = null

process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
// Ctrl-C reaches the whole process group; whether to go on is the parent's decision.
process.on('SIGINT', () => {})
process.on('exit', () => file?.rows.flush())
process.on('uncaughtException', failed)
process.on('unhandledRejection', failed)
process.on('message', (message) => receive(message as GeneratorCommand))

function receive(command: GeneratorCommand): void {
  switch (command.kind) {
    case 'prepare':
      if (session !== null) return
      watchParent(command.parentPid)
      file = rowsOf(command)
      session = new Session({
        plan: command.plan,
        part: command.part,
        clockUs,
        health: processHealth(clockUs),
        rows: file,
        send,
      })
      return void session.prepare()
    case 'go':
      file?.begin(new Date(Date.now() + (command.startUs - clockUs()) / 1e3).toISOString())
      return session?.go(command.startUs)
    case 'open':
      return session?.open(command.atUs)
    case 'take-over':
      return session?.takeOver(command)
    case 'stop':
      return session?.stop(command.gracefulUs)
    case 'once':
      return void session?.once()
    case 'answers':
      return void session?.answers(command.series)
  }
}

function rowsOf({ plan, part: { index }, rows }: Extract<GeneratorCommand, { kind: 'prepare' }>): RowFile | null {
  return rows === undefined ? null : rowFile(rows, plan, index, (message) => send({ kind: 'note', index, message }))
}

function send(report: GeneratorReport): void {
  // A channel that has just closed says so by 'disconnect'.
  process.send?.(report, undefined, undefined, () => {})
}

/** Something threw outside every request: a timer or a forgotten promise of a scenario module. */
function failed(error: unknown): void {
  if (session === null) process.exit(1)
  session.scenarioFailed(error)
}
