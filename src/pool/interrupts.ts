/**
 * Takes Ctrl-C over while a load runs: Vitest's own handler ends the process within a millisecond, and what was measured
 * would wait in the journal for the next run. The first interrupt calls `onInterrupt` and gives the handlers back, so
 * that a second one ends the process as ever.
 * @returns gives the handlers back; safe to call twice
 */
export function holdInterrupts(onInterrupt: () => void): () => void {
  // Raw ones: the wrappers of `once` keep their meaning when they are put back.
  const others = process.rawListeners('SIGINT') as NodeJS.SignalsListener[]
  for (const other of others) process.off('SIGINT', other)
  const release = (): void => {
    if (!process.listeners('SIGINT').includes(first)) return
    process.off('SIGINT', first)
    for (const other of others) process.on('SIGINT', other)
  }
  const first = (): void => {
    release()
    onInterrupt()
  }
  process.on('SIGINT', first)
  return release
}
