import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** A server written in C, compiled for one bench and pinned to one core. It ends with the bench: its stdin closes. */
export interface NativeServer {
  readonly pid: number
  readonly port: number
  stop(): void
}

/**
 * Compiles `test/bench/<name>.c` with gcc into a folder.
 * @returns the program
 */
export function compileC(name: string, folder: string): string {
  const program = join(folder, name)
  execFileSync('gcc', ['-O2', '-o', program, resolve('test/bench', `${name}.c`)], { stdio: 'inherit' })
  return program
}

/** Starts a compiled server, which prints its port first. */
export async function startServer(program: string, args: readonly string[], core: number): Promise<NativeServer> {
  const child: ChildProcess = spawn('taskset', ['-c', String(core), program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [port] = (await createInterface({ input: child.stdout! })[Symbol.asyncIterator]().next()).value.split(' ')
  return { pid: child.pid!, port: Number(port), stop: () => void child.stdin!.end() }
}
