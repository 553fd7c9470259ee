import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'

const DEBIAN = '/usr/lib/postgresql'

/** Directory of PostgreSQL's programs; `null` where there are none. */
export function postgresPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort() : []
  return (
    [...versions.map((version) => join(DEBIAN, version, 'bin')), '/usr/local/bin', '/usr/bin']
      .reverse()
      .find((directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'postgres'))) ?? null
  )
}

/** A real server on a free port of 127.0.0.1, with its data in a temporary directory. */
export interface PostgresServer {
  readonly url: string
  stop(): Promise<void>
}

export async function postgresServer(programs: string): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'perf-postgres-'))
  const data = join(directory, 'data')
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid)
  chmodSync(directory, 0o700)
  const options = { ...user, cwd: directory, stdio: 'ignore' } as const
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'perf', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'],
    options,
  )
  const port = await freePort()
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', directory, '-c', 'fsync=off'],
    options,
  )
  const ended = once(child, 'exit')
  const url = `postgres://perf@127.0.0.1:${port}/postgres`
  const stop = async (): Promise<void> => {
    child.kill('SIGINT')
    await ended
    rmSync(directory, { recursive: true, force: true })
  }
  for (let attempt = 0; ; attempt++) {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return { url, stop }
    } catch (error) {
      if (attempt === 100 || child.exitCode !== null) {
        await stop()
        throw error
      }
      await sleep(100)
    }
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
}
