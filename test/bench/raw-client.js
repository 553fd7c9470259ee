/*
 * The floor of bench:throughput: Node's own sockets and nothing else. It writes the same bytes again whenever anything
 * arrives, reads no answer and records nothing. argv: port, connections, seconds.
 */
import { connect } from 'node:net'

const [port, connections, seconds] = process.argv.slice(2).map(Number)
const request = Buffer.from(
  `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: keep-alive\r\naccept: */*\r\n\r\n`,
)
const buffer = Buffer.allocUnsafeSlow(65_536)

for (let i = 0; i < connections; i++) {
  const callback = () => {
    socket.write(request)
    return true
  }
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } })
  socket.on('connect', () => socket.write(request))
}
setTimeout(() => process.exit(), seconds * 1000)
