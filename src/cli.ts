#!/usr/bin/env node
/** `vitest-perf`: the command line beside Vitest's own. Exit codes: 0 well, 1 something should fail a job, 2 used wrongly. */
import { readFileSync } from 'node:fs'
import { streamStyle } from './format/style.ts'
import { LoadError } from './domain/load-error.ts'
import type { Command } from './cli/command.ts'
import { accept } from './cli/accept.ts'
import { compare } from './cli/compare.ts'
import { doctor } from './cli/doctor.ts'
import { gc } from './cli/gc.ts'
import { history } from './cli/history.ts'
import { importCommand } from './cli/import.ts'
import { init } from './cli/init.ts'
import { resume } from './cli/resume.ts'
import { trend } from './cli/trend.ts'
import { worker } from './cli/worker.ts'

const COMMANDS: readonly Command[] = [init, history, trend, compare, accept, importCommand, gc, doctor, resume, worker]

const [name, ...args] = process.argv.slice(2)
process.exitCode = await main()

async function main(): Promise<number> {
  if (name === '--version' || name === '-v') return say(version())
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    say(usage())
    return name === undefined ? 2 : 0
  }
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) return refuse(`unknown command '${name}'\n\n${usage()}`)
  if (args.includes('--help') || args.includes('-h')) return say(command.help)
  try {
    return await command.run(args, {
      cwd: process.cwd(),
      say,
      warn: (text) => void process.stderr.write(`vitest-perf: ${text}\n`),
      screen: { columns: process.stdout.columns ?? 80, style: streamStyle(process.stdout) },
      env: process.env,
      now: () => Date.now(),
      toolVersion: version(),
    })
  } catch (error) {
    if (error instanceof LoadError) return refuse(error.message)
    // parseArgs' own errors name the argument.
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      return refuse(`${error.message}\n\n${command.help}`)
    throw error
  }
}

function usage(): string {
  const width = Math.max(...COMMANDS.map((command) => command.usage.length))
  return [
    'usage: vitest-perf <command>',
    '',
    ...COMMANDS.map((command) => `  ${command.usage.padEnd(width)}  ${command.summary}`),
    '',
    'Loads are run by Vitest: `vitest run --project perf`. `vitest-perf <command> --help` tells more.',
    'exit codes: 0 well, 1 something that should fail a job (see each command), 2 used wrongly or nothing to work on',
  ].join('\n')
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function refuse(text: string): number {
  process.stderr.write(`vitest-perf: ${text}\n`)
  return 2
}
