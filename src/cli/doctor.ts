import { parseArgs } from 'node:util'
import { wrap } from '../format/display-width.ts'
import type { Command } from './command.ts'
import { machineChecks, type MachineCheck } from './machine-checks.ts'
import { machineFacts, sameAgain, timerFacts } from './machine-facts.ts'

const HELP = `usage: vitest-perf doctor [--json]

Is this machine fit to measure on? Looks at CPU governor, load, heat and container quota, and measures for about four
seconds: timers, how much the same thing differs from run to run (requests to a server on loopback), and from that the
smallest change that runs here can detect at best; your service adds noise of its own.

  --json    print data instead of text

exit codes: 0 fit, 1 something to mend, 2 used wrongly`

const RUNS = 10
const RUN_MS = 300

/** `vitest-perf doctor`: see its help. */
export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor',
  summary: 'is this machine fit to measure on?',
  help: HELP,
  run: async (args, { say, screen }) => {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    // Before it measures: its own work is load as well.
    const facts = machineFacts()
    const checks = machineChecks(facts, await timerFacts(), await sameAgain(RUNS, RUN_MS))
    const isFit = checks.every(({ state }) => state !== 'warn')
    if (values.json) say(JSON.stringify({ fit: isFit, checks }, null, 2))
    else {
      const { columns, style } = screen
      const colour = { ok: style.green, warn: style.yellow, unknown: style.dim }
      for (const { state, found, advice } of checks) {
        const lines = wrap(found, columns - 5)
        say(lines.map((line, i) => `${i === 0 ? colour[state](MARKS[state]) : '    '} ${line}`).join('\n'))
        if (advice !== null) say(wrap(`     ${advice}`, columns, 5).join('\n'))
      }
    }
    return isFit ? 0 : 1
  },
}

const MARKS: Readonly<Record<MachineCheck['state'], string>> = { ok: 'ok  ', warn: 'warn', unknown: 'n/a ' }
