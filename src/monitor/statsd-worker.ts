/* A thread that reads packets as they come, whatever else this process does: what waits too long is dropped by the kernel. */
import { parentPort, workerData } from 'node:worker_threads'
import { type SinkOptions, StatsdSink } from './statsd-sink.ts'

const sink = new StatsdSink(workerData as SinkOptions)
const port = parentPort!

port.on('message', (command: 'begin' | 'read' | 'close') => {
  if (command === 'begin') sink.begin()
  else if (command === 'read') port.postMessage(sink.read())
  else {
    sink.close()
    port.close()
  }
})
sink.open().then(
  () => port.postMessage('open'),
  (error: NodeJS.ErrnoException) => {
    port.postMessage({ code: error.code ?? error.message })
    port.close()
  },
)
