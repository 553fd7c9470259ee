/**
 * Packets that the kernel threw away because a socket's receive buffer was full, of all UDP sockets of a port; `null` where
 * the table tells of none. The last column of `/proc/net/udp` and `/proc/net/udp6`.
 * @see https://docs.kernel.org/networking/proc_net_tcp.html
 */
export function udpDrops(table: string, port: number): number | null {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const drops = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) === true)
    .map((columns) => Number(columns.at(-1)))
  return drops.length === 0 || drops.some(Number.isNaN) ? null : drops.reduce((sum, count) => sum + count, 0)
}
