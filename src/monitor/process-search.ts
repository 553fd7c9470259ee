import { readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SERVER_VARIABLE, type ProcessTarget } from '../domain/monitor-plan.ts'
import { namesIn, textOf } from './proc-file.ts'
import { processStat } from './process-stat.ts'

/** Processes that a target names, or why there are none. */
export type FoundProcesses =
  | { readonly pids: readonly number[] }
  /** Completes `..., n/a`. */
  | { readonly missing: string }

const LISTENING = '0A'

/**
 * Finds the processes that a target names. Takes milliseconds on a machine with hundreds of processes.
 * @param proc where the file system of processes is
 * @param self the process that looks; neither it nor its ancestors and own children have a name here, which are the
 * tool's own processes
 */
export function findProcesses(target: ProcessTarget, proc: string, self: number): FoundProcesses {
  switch (target.by) {
    case 'pid':
      return processStat(proc, target.pid) === null
        ? { missing: `there is no process ${target.pid} on this machine` }
        : { pids: [target.pid] }
    case 'server': {
      const mark = `${SERVER_VARIABLE}=${target.serverId}\0`
      const isMarked = (pid: number): boolean => textOf(join(proc, String(pid), 'environ'))?.includes(mark) === true
      // Only a restart gives it another pid.
      const pids = isMarked(target.pid) ? [target.pid] : allPids(proc).filter(isMarked)
      return pids.length > 0 ? { pids } : { missing: 'the server does not run' }
    }
    case 'name': {
      const own = ownProcesses(proc, self)
      const pids = allPids(proc).filter((pid) => !own.has(pid) && isCalled(proc, pid, target.processName))
      return pids.length > 0 ? { pids } : { missing: `no process on this machine is called '${target.processName}'` }
    }
    case 'port':
      return listenersOn(proc, target.port)
  }
}

function allPids(proc: string): number[] {
  return (namesIn(proc) ?? []).filter((name) => /^\d+$/.test(name)).map(Number)
}

/** The kernel keeps 15 characters of a name; the command line has all of it, with the path. */
function isCalled(proc: string, pid: number, name: string): boolean {
  if (textOf(join(proc, String(pid), 'comm'))?.trimEnd() === name) return true
  const program = textOf(join(proc, String(pid), 'cmdline'))?.split('\0')[0] ?? ''
  return program !== '' && basename(program) === name
}

function ownProcesses(proc: string, self: number): ReadonlySet<number> {
  const own = new Set<number>()
  for (let pid = self; pid > 0 && !own.has(pid); pid = processStat(proc, pid)?.parent ?? 0) own.add(pid)
  for (const pid of allPids(proc)) if (processStat(proc, pid)?.parent === self) own.add(pid)
  return own
}

function listenersOn(proc: string, port: number): FoundProcesses {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(proc, table, port)))
  if (sockets.size === 0) return { missing: `nothing listens on port ${port} of this machine` }
  const pids = allPids(proc).filter((pid) => holdsAny(proc, pid, sockets))
  return pids.length > 0
    ? { pids }
    : { missing: `the process that listens on port ${port} is another user's or in another container` }
}

/** Columns: number, local address, remote address, state, ... and as the tenth the inode. @see man 5 proc_net */
function listeningInodes(proc: string, table: string, port: number): string[] {
  const lines = (textOf(join(proc, 'net', table)) ?? '').split('\n').slice(1)
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const listens = state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port
    return listens ? [`socket:[${inode}]`] : []
  })
}

function holdsAny(proc: string, pid: number, sockets: ReadonlySet<string>): boolean {
  const directory = join(proc, String(pid), 'fd')
  return (namesIn(directory) ?? []).some((fd) => {
    try {
      return sockets.has(readlinkSync(join(directory, fd)))
    } catch {
      return false
    }
  })
}
