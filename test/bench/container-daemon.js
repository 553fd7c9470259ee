// A container daemon on the socket that is named; `node container-daemon.js <path>`. It ends with its parent: stdin closes.
import { createServer } from 'node:http'

const inspection = {
  Id: 'id',
  RestartCount: 0,
  State: { Running: true, OOMKilled: false, StartedAt: '2026-01-01T00:00:00Z' },
  HostConfig: { Memory: 4e9, NanoCpus: 2e9 },
}
// As long as those of Docker: what a kernel tells of memory is most of it.
const stats = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`counter_of_memory_${i}`, 1e9 + i]))
let asked = 0

createServer(({ url }, response) => {
  response.setHeader('server', 'Docker/27.5.1 (linux)').setHeader('content-type', 'application/json')
  if (url.startsWith('/events')) return response.end()
  if (url.endsWith('/json')) return response.end(JSON.stringify(inspection))
  const cpu = {
    cpu_usage: { total_usage: ++asked * 1e9 },
    online_cpus: 4,
    throttling_data: { periods: 0, throttled_periods: 0 },
  }
  response.end(
    JSON.stringify({
      read: new Date().toISOString(),
      pids_stats: { current: 12 },
      cpu_stats: cpu,
      precpu_stats: cpu,
      memory_stats: { usage: 3.4e9, limit: 4e9, stats },
      networks: { eth0: { rx_bytes: asked, tx_bytes: asked } },
    }),
  )
}).listen(process.argv[2], () => console.log('listening'))
process.stdin.on('end', () => process.exit(0)).resume()
