import { spawn } from 'node:child_process'

/** A fixture server that runs as a process of its own. */
export interface FixtureServer {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts `fixtures/dist/<name>.js` on a free port of 127.0.0.1. */
export async function fixtureServer(
  name: 'inference-server' | 'plain-server',
  args: readonly string[] = [],
): Promise<FixtureServer> {
  const child = spawn(process.execPath, [`fixtures/dist/${name}.js`, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const match = /listening on (\S+)/.exec(text)
      if (match) resolve(match[1]!)
    })
    void exited.then(() => reject(new Error(`${name} ended before it listened: ${text}`)))
  })
  return {
    url,
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}
