import { stripVTControlCharacters } from 'node:util'

/** What our lines in Vitest's window look like now. */
export interface WindowContent {
  /** @param rows lines of the screen that Vitest's own part leaves free */
  lines(rows: number): readonly string[]
  /** Size of the screen, asked anew each time. */
  columns(): number
  rows(): number
}

/** The part of Vitest's reporters that draws a window at the bottom of a terminal. */
interface WindowOwner {
  createSummary: () => unknown
  readonly renderer: { schedule?: () => void; write?: (text: string) => void; windowHeight?: number }
}

/**
 * A place in the window that Vitest itself draws below its output: it erases and draws the window as a whole and prints
 * all other output above, so that nothing of ours moves the cursor. Vitest has no public way in: the drawing method of its
 * reporters is wrapped where it is there, as in Vitest 4.1 and 5.1.
 */
export class VitestWindow {
  readonly #renderer: WindowOwner['renderer']

  private constructor(renderer: WindowOwner['renderer']) {
    this.#renderer = renderer
  }

  /**
   * @param reporters Vitest's reporters, after they were initialised
   * @returns `null` where none of them draws a window: without a terminal, and with reporters that only print
   */
  static join(reporters: unknown, content: WindowContent): VitestWindow | null {
    const owner = Array.isArray(reporters) ? reporters.map(windowOwner).find((found) => found !== null) : undefined
    if (owner === undefined || owner === null) return null
    const { renderer } = owner
    const createSummary = owner.createSummary.bind(owner)
    let drawn: readonly string[] = []
    let columns = content.columns()
    owner.createSummary = () => {
      const own = createSummary()
      if (!isLines(own)) return own
      // A terminal echoes Ctrl-C where the cursor is; Vitest clears lines from the cursor's column on.
      renderer.write?.('\r')
      if (typeof renderer.windowHeight === 'number' && renderer.windowHeight > 0) {
        // A terminal that changes its width wraps what it shows anew: Vitest would clear too few lines or too many.
        renderer.windowHeight += height(drawn, content.columns()) - height(drawn, columns)
      }
      columns = content.columns()
      const lines = content.lines(content.rows() - height(own, columns) - 2)
      drawn = lines.length === 0 ? own : ['', ...lines, ...own]
      return drawn
    }
    return new VitestWindow(renderer)
  }

  /** Draws soon; Vitest draws by itself once a second. */
  redraw(): void {
    this.#renderer.schedule?.()
  }
}

/** The default reporter and its kin have a summary, the dot reporter draws itself. */
function windowOwner(reporter: unknown): WindowOwner | null {
  for (const owner of [property(reporter, 'summary'), reporter]) {
    const renderer = property(owner, 'renderer')
    if (typeof property(owner, 'createSummary') !== 'function' || typeof renderer !== 'object' || renderer === null)
      continue
    return owner as WindowOwner
  }
  return null
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Readonly<Record<string, unknown>>)[name] : undefined
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
}

/** Rows of the screen that lines take, as Vitest counts them. */
function height(lines: readonly string[], columns: number): number {
  return lines.reduce(
    (rows, line) => rows + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / Math.max(1, columns))),
    0,
  )
}
