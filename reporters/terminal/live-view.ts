import type { LiveSnapshot, LiveState } from '../../src/domain/live.ts'
import { wrapParts } from '../../src/format/display-width.ts'
import type { Style } from '../../src/format/style.ts'
import { liveLine } from './live-line.ts'
import { livePanel, nameParts } from './live-panel.ts'
import { VitestWindow } from './vitest-window.ts'

/** What the live view draws on. */
export interface LiveScreen {
  /** Size of the screen, asked anew each time: terminals are resized. */
  columns(): number
  rows(): number
  readonly isTTY: boolean
  readonly style: Style
  write(line: string): void
  /** Milliseconds of any steady clock. */
  now(): number
}

const TTY_PERIOD_MS = 2_000
const LOG_PERIOD_MS = 10_000

/**
 * The loads that run now: a panel in Vitest's window where there is one, else whole lines, which Vitest prints above its
 * own output, so that no cursor is ever moved. A line comes on every change of state and otherwise every 2 s on a terminal,
 * every 10 s in a log; services that are loaded together share this time among them.
 */
export class LiveView {
  readonly #screen: LiveScreen
  readonly #last = new Map<string, { readonly state: LiveState; readonly atMs: number }>()
  readonly #loads = new Map<string, LiveSnapshot>()
  #window: VitestWindow | null = null

  constructor(screen: LiveScreen) {
    this.#screen = screen
  }

  /**
   * From now on loads are shown in Vitest's window, if it has one.
   * @param reporters Vitest's reporters, after they were initialised
   */
  join(reporters: unknown): void {
    if (!this.#screen.isTTY || this.#window !== null) return
    const { style } = this.#screen
    this.#window = VitestWindow.join(reporters, {
      lines: (rows) => livePanel([...this.#loads.values()], { columns: this.#screen.columns(), rows, style }),
      columns: () => this.#screen.columns(),
      rows: () => this.#screen.rows(),
    })
  }

  /** Takes the newest state of a load and shows it when it is time. */
  update(snapshot: LiveSnapshot): void {
    if (this.#window !== null) {
      this.#loads.set(snapshot.loadId, snapshot)
      this.#window.redraw()
      return
    }
    const atMs = this.#screen.now()
    const { loadId, state, service } = snapshot
    const last = this.#last.get(loadId)
    const periodMs = (this.#screen.isTTY ? TTY_PERIOD_MS : LOG_PERIOD_MS) * (service?.of ?? 1)
    if (last?.state === state && atMs - last.atMs < periodMs) return
    this.#last.set(loadId, { state, atMs })
    this.#screen.write(liveLine(snapshot, this.#screen.columns()))
  }

  /** A load has come to its numbers: they stay on the screen as lines where a panel goes. */
  done(loadId: string, numbers: string): void {
    const load = this.#loads.get(loadId)
    if (load === undefined) return
    const name = ['perf', ...nameParts(load)].join(' · ')
    for (const line of wrapParts([name, numbers], this.#screen.columns(), 2)) this.#screen.write(line)
    this.ended(loadId)
  }

  /** Nothing of a load is left. */
  ended(loadId: string): void {
    this.#last.delete(loadId)
    if (this.#loads.delete(loadId)) this.#window?.redraw()
  }
}
