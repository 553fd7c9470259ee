/*
 * The floor of undici in bench:throughput: its clients, one per connection, asked again with every end of an answer;
 * nothing is read or recorded. argv: port, connections, seconds.
 */
import { Client } from 'undici'

const [port, connections, seconds] = process.argv.slice(2).map(Number)
const request = { method: 'GET', path: '/', headers: { accept: '*/*' } }

for (let i = 0; i < connections; i++) {
  const client = new Client(`http://127.0.0.1:${port}`)
  const again = () => client.dispatch(request, handler)
  const handler = {
    onRequestStart() {},
    onResponseStart() {},
    onResponseData() {},
    onResponseEnd: again,
    onResponseError: (_, error) => {
      throw error
    },
  }
  again()
}
setTimeout(() => process.exit(), seconds * 1000)
