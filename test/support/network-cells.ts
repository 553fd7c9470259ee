import { execFileSync } from 'node:child_process'

/** Network namespaces on a bridge of their own: machines on one switch, as far as the network can tell. */
export class NetworkCells {
  /** Of this machine on the bridge. */
  readonly host = '10.77.0.1'
  readonly #names: readonly string[]

  /** @param count at most 9 */
  constructor(count: number) {
    this.#names = Array.from({ length: count }, (_, i) => `vpc${i}`)
    this.remove()
    ip('link add vpbridge type bridge')
    ip(`addr add ${this.host}/24 dev vpbridge`)
    ip('link set vpbridge up')
    this.#names.forEach((name, i) => {
      ip(`netns add ${name}`)
      ip(`link add ${name}h type veth peer name ${name}w`)
      ip(`link set ${name}h master vpbridge up`)
      ip(`link set ${name}w netns ${name}`)
      ip(`-n ${name} addr add 10.77.0.${i + 2}/24 dev ${name}w`)
      ip(`-n ${name} link set ${name}w up`)
      ip(`-n ${name} link set lo up`)
    })
  }

  /** Why this machine can have none, or `null`. */
  static missing(): string | null {
    try {
      ip('netns add vpcprobe')
      ip('netns del vpcprobe')
      return null
    } catch (error) {
      return `network namespaces need root and iproute2: ${(error as Error).message.split('\n')[0]}`
    }
  }

  /** What a command line begins with that runs in a cell. */
  inside(cell: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#names[cell]!]
  }

  /** For a shell: the cell's cable, pulled or put back. */
  cable(cell: number, state: 'up' | 'down'): string {
    return `ip link set ${this.#names[cell]}h ${state}`
  }

  /** Leaves nothing behind, also of an earlier run. */
  remove(): void {
    for (const args of [...this.#names.map((name) => `netns del ${name}`), 'link del vpbridge']) {
      try {
        ip(args)
      } catch {
        // It is not there.
      }
    }
  }
}

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] })
}
