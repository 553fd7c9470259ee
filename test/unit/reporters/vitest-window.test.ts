import { expect, test } from 'vitest'
import { VitestWindow, type WindowContent } from '../../../reporters/terminal/vitest-window.ts'

/** A reporter as Vitest's default one, whose window has two lines of its own. */
function reporterOf() {
  const written: string[] = []
  const renderer = { windowHeight: 0, write: (text: string): number => written.push(text) }
  const summary = { renderer, createSummary: (): unknown => ['', ' Tests 1 passed'] }
  return { written, renderer, summary }
}

function contentOf(lines: readonly string[], screen: { columns: number; rows: number }) {
  const asked: number[] = []
  const content: WindowContent = {
    lines: (rows) => {
      asked.push(rows)
      return lines
    },
    columns: () => screen.columns,
    rows: () => screen.rows,
  }
  return { content, asked }
}

test('our lines may take what Vitest leaves of the screen, one line between and one for the cursor', () => {
  const { summary } = reporterOf()
  const { content, asked } = contentOf(['ours'], { columns: 80, rows: 24 })
  VitestWindow.join([{ summary }], content)
  expect(summary.createSummary()).toEqual(['', 'ours', '', ' Tests 1 passed'])
  expect(asked).toEqual([20])
})

test('a screen that becomes narrower wraps what it shows, and all of that is cleared', () => {
  const { summary, renderer } = reporterOf()
  const screen = { columns: 80, rows: 24 }
  VitestWindow.join([{ summary }], contentOf(['x'.repeat(80), 'y'.repeat(20)], screen).content)
  summary.createSummary()
  // As Vitest counts: five lines, and two empty ones that it has put above.
  renderer.windowHeight = 7
  screen.columns = 30
  summary.createSummary()
  expect(renderer.windowHeight).toBe(9)
  screen.columns = 80
  summary.createSummary()
  expect(renderer.windowHeight).toBe(7)
})

test('the cursor is at the start of its line before lines are cleared: a terminal echoes Ctrl-C', () => {
  const { summary, written } = reporterOf()
  VitestWindow.join([{ summary }], contentOf([], { columns: 80, rows: 24 }).content)
  summary.createSummary()
  expect(written).toEqual(['\r'])
})

test('a reporter that draws by itself has a window, one without a renderer has none', () => {
  const { summary } = reporterOf()
  const { content } = contentOf(['ours'], { columns: 80, rows: 24 })
  expect(VitestWindow.join([summary], content)).not.toBeNull()
  expect(summary.createSummary()).toContain('ours')
  expect(VitestWindow.join([{ renderer: undefined, createSummary: (): string[] => [] }, null], content)).toBeNull()
  expect(VitestWindow.join({}, content)).toBeNull()
})

test('what a later Vitest draws instead of lines stays as it is', () => {
  const { summary } = reporterOf()
  summary.createSummary = () => ({ text: 'something else' })
  VitestWindow.join([{ summary }], contentOf(['ours'], { columns: 80, rows: 24 }).content)
  expect(summary.createSummary()).toEqual({ text: 'something else' })
})
