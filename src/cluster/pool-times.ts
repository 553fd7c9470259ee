import type { GeneratorCommand, GeneratorReport } from '../pool/protocol.ts'

/**
 * A command with its times in this machine's monotonic clock.
 * @param offsetUs the pool's clock minus this one
 */
export function commandHere(command: GeneratorCommand, offsetUs: number): GeneratorCommand {
  switch (command.kind) {
    case 'go':
      return { ...command, startUs: command.startUs - offsetUs }
    case 'open':
      return { ...command, atUs: command.atUs - offsetUs }
    case 'take-over':
      return { ...command, sinceUs: command.sinceUs - offsetUs }
    default:
      return command
  }
}

/** A report with its times in the pool's monotonic clock. Those of deltas count from the run's start and are the same on both. */
export function reportThere(report: GeneratorReport, offsetUs: number): GeneratorReport {
  if (report.kind !== 'answered') return report
  return { ...report, answers: { ...report.answers, firstSentUs: report.answers.firstSentUs + offsetUs } }
}
