import 'uplot/dist/uPlot.min.css'
import './report.css'
import type { ChartSpec } from '../chart-spec.ts'
import { barTables, ChartBoard } from './chart-board.ts'
import { fillFolded } from './fill-folded.ts'
import { filterTests } from './filter-tests.ts'
import { themeToggle } from './theme-toggle.ts'

const board = new ChartBoard(JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as ChartSpec[])
themeToggle(() => board.repaint())
filterTests()
barTables(document)

function fill(test: HTMLDetailsElement): void {
  if (!fillFolded(test)) return
  board.adopt(test)
  barTables(test)
}
for (const test of document.querySelectorAll<HTMLDetailsElement>('details.test:not([open])'))
  test.addEventListener('toggle', () => fill(test), { once: true })

/** A link to a test that is folded unfolds it. */
function unfold(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  const test = target?.closest('details.test')
  if (test instanceof HTMLDetailsElement && !test.open) {
    fill(test)
    test.open = true
    test.scrollIntoView()
  }
}
addEventListener('hashchange', unfold)
unfold()

/** Folded before printing, in case: what was folded is folded again after it. */
let folded: HTMLDetailsElement[] = []
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll<HTMLDetailsElement>('details.test:not([open]):not([hidden])')]
  for (const test of folded) {
    fill(test)
    test.open = true
  }
  board.drawAll()
})
addEventListener('afterprint', () => {
  for (const test of folded) test.open = false
})
