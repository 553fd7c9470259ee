import { Worker } from 'node:worker_threads'

const EVERY_MS = 250

// Plain text, so that no bundler has to know of a second entry. Where the system gives orphans a new parent, the
// parent's number changes; elsewhere its process has to be asked for.
const SOURCE = `
const { workerData } = require('node:worker_threads')
const alive = () => {
  if (process.platform !== 'win32') return process.ppid === workerData.parentPid
  try {
    return process.kill(workerData.parentPid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
setInterval(() => {
  if (!alive()) process.kill(process.pid, 'SIGKILL')
}, workerData.everyMs)
`

/**
 * Ends this process when its parent has gone, also while its event loop is blocked: a thread of its own watches.
 * A parent that can still say so closes the IPC channel, which is faster.
 */
export function watchParent(parentPid: number): void {
  const worker = new Worker(SOURCE, {
    eval: true,
    workerData: { parentPid, everyMs: EVERY_MS },
    execArgv: [],
    stdout: false,
    stderr: false,
  })
  worker.unref()
}
