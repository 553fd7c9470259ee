import {
  type CommandData,
  type HelloData,
  MESSAGE,
  type PoolMessage,
  type ReportData,
  type WorkerMessage,
} from '../../src/cluster/control-messages.ts'
import type { LocustCodec } from '../../src/cluster/locust-codec.ts'
import { type EnvelopeKeys, newSession, Opener, Sealer } from '../../src/cluster/sealed-envelope.ts'
import type { LoadPlan } from '../../src/domain/load-plan.ts'

/** What a pool is for workers: seals for them, opens what they seal, answers their pings. */
export class PoolEnd {
  readonly session: string = newSession()
  /** What workers told, by node id, pings left out. */
  readonly told: { readonly from: string; readonly message: WorkerMessage }[] = []
  /** Off: it is as good as gone. */
  answersPings = true
  readonly #codec: LocustCodec
  readonly #keys: EnvelopeKeys
  readonly #post: (data: CommandData) => void
  readonly #clock: { readonly us: () => number; readonly wallMs: () => number }
  readonly #opener: Opener
  readonly #sealers = new Map<string, Sealer>()
  readonly #sessions = new Map<string, string>()

  constructor(
    codec: LocustCodec,
    keys: EnvelopeKeys,
    clock: { readonly us: () => number; readonly wallMs: () => number },
    post: (data: CommandData) => void,
  ) {
    this.#codec = codec
    this.#keys = keys
    this.#post = post
    this.#clock = clock
    this.#opener = new Opener(keys.report, this.session, clock.wallMs)
  }

  /** A worker has said hello. */
  hello(worker: string, { session }: HelloData): void {
    if (this.#sessions.get(worker) === session) return
    this.#sessions.set(worker, session)
    this.#sealers.set(worker, new Sealer(this.#keys.command, { from: this.session, to: session }, this.#clock.wallMs))
  }

  seal(worker: string, message: PoolMessage): CommandData {
    return { to: worker, sealed: this.#sealers.get(worker)!.seal(this.#codec.pack(message)) }
  }

  send(worker: string, message: PoolMessage): void {
    this.#post(this.seal(worker, message))
  }

  prepare(worker: string, load: string, plan: LoadPlan, part = { index: 0, count: 1 }): void {
    this.send(worker, {
      kind: 'prepare',
      load,
      command: { kind: 'prepare', plan, part, parentPid: 0 },
      files: [],
    })
  }

  /** A message for this pool. @throws Error when it is a report that does not open */
  receive(type: string, data: unknown): void {
    if (type !== MESSAGE.report) return
    const { from, sealed } = data as Pick<ReportData, 'sealed'> & { readonly from: string }
    const opened = this.#opener.open(sealed)
    if ('refused' in opened) throw new Error(`the report of ${from} does not open: ${opened.refused}`)
    const message = this.#codec.unpack(opened.body) as WorkerMessage
    if (message.kind !== 'ping') this.told.push({ from, message })
    else if (this.answersPings) this.send(from, { kind: 'pong', ping: message.ping, atUs: this.#clock.us() })
  }
}
