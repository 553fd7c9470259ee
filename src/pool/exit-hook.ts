import type { ChildProcess } from 'node:child_process'

/** Children that must not outlive this process. The only module state of the package: Node has one exit event. */
const children = new Set<ChildProcess>()
let installed = false

/** Ends a child with SIGKILL when this process exits, whatever the reason short of SIGKILL (the child then sees its channel close). */
export function killOnExit(child: ChildProcess): void {
  if (!installed) {
    installed = true
    process.on('exit', () => children.forEach((running) => running.kill('SIGKILL')))
  }
  children.add(child)
  child.once('exit', () => children.delete(child))
}
