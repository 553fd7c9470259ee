import type uPlot from 'uplot'
import type { ChartSpec } from '../chart-spec.ts'
import { drawChart, heightOf } from './draw-chart.ts'
import { type Paint, paintOf } from './palette.ts'
import { placeText, unitText } from './unit-text.ts'

/** All charts of the page: each is painted when it comes near the screen, so that hundreds open at once. */
export class ChartBoard {
  readonly #specs: ReadonlyMap<string, ChartSpec>
  readonly #drawn = new Map<HTMLElement, { readonly spec: ChartSpec; plot: uPlot }>()
  readonly #watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.#draw(target as HTMLElement)
    },
    { rootMargin: '400px' },
  )
  readonly #resize = new ResizeObserver((entries) => {
    for (const { target } of entries) this.#fit(target as HTMLElement)
  })
  #paint: Paint

  constructor(specs: readonly ChartSpec[]) {
    this.#specs = new Map(specs.map((spec) => [spec.id, spec]))
    this.#paint = paintOf(document.documentElement)
    this.adopt(document)
  }

  /** Takes in the charts of a part of the page. */
  adopt(part: ParentNode): void {
    for (const figure of part.querySelectorAll<HTMLElement>('figure[data-chart]')) {
      const spec = this.#specs.get(figure.dataset['chart'] ?? '')
      const plot = figure.querySelector<HTMLElement>('.plot')
      const data = figure.querySelector('details')
      if (spec === undefined || plot === null || data === null) continue
      this.#watch.observe(plot)
      plot.addEventListener('keydown', (event) => this.#key(plot, event))
      data.addEventListener('toggle', () => fillTable(spec, data), { once: true })
    }
  }

  /** Paints everything anew, in the colours that the page has now. */
  repaint(): void {
    this.#paint = paintOf(document.documentElement)
    for (const [place, chart] of this.#drawn) {
      chart.plot.destroy()
      chart.plot = drawChart(chart.spec, place, this.#paint)
    }
  }

  /** Paints what is unfolded, wherever it stands: for paper. */
  drawAll(): void {
    for (const plot of document.querySelectorAll<HTMLElement>('figure[data-chart] .plot')) {
      if (plot.clientWidth > 0) this.#draw(plot)
    }
  }

  #draw(place: HTMLElement): void {
    const spec = this.#specs.get(place.closest<HTMLElement>('figure')?.dataset['chart'] ?? '')
    if (spec === undefined || this.#drawn.has(place) || place.clientWidth === 0) return
    this.#watch.unobserve(place)
    this.#drawn.set(place, { spec, plot: drawChart(spec, place, this.#paint) })
    this.#resize.observe(place)
  }

  #fit(place: HTMLElement): void {
    const chart = this.#drawn.get(place)
    if (chart === undefined || place.clientWidth === 0 || Math.abs(chart.plot.width - place.clientWidth) < 2) return
    chart.plot.setSize({ width: Math.max(200, place.clientWidth), height: heightOf(place) })
  }

  /** Zoom and move by key, for all charts of a group. */
  #key(place: HTMLElement, event: KeyboardEvent): void {
    const chart = this.#drawn.get(place)
    if (chart === undefined || chart.spec.x.scale === 'names') return
    const { min, max } = chart.plot.scales['x']!
    const values = chart.spec.x.values
    const [first, last] = [values[0] ?? 0, values.at(-1) ?? 1]
    const [from, to] = [min ?? first, max ?? last]
    const range = moved(event.key, from, to)
    if (range === null) return
    event.preventDefault()
    const [low, high] = event.key === '0' || event.key === 'Escape' ? [first, last] : range
    for (const { spec, plot } of this.#drawn.values()) {
      if (spec === chart.spec || (spec.group !== null && spec.group === chart.spec.group))
        plot.setScale('x', { min: Math.max(first, low), max: Math.min(last, high) })
    }
  }
}

/** The stretch that a key asks for; `null` for keys of others. */
function moved(key: string, from: number, to: number): readonly [number, number] | null {
  const width = to - from
  const middle = (from + to) / 2
  switch (key) {
    case '+':
    case '=':
      return [middle - width / 4, middle + width / 4]
    case '-':
      return [middle - width, middle + width]
    case 'ArrowLeft':
      return [from - width / 5, to - width / 5]
    case 'ArrowRight':
      return [from + width / 5, to + width / 5]
    case '0':
    case 'Escape':
      return [from, to]
    default:
      return null
  }
}

/** The data of a chart as a table, made when somebody asks for it. */
function fillTable(spec: ChartSpec, data: HTMLElement): void {
  const scroll = data.querySelector('.scroll')
  if (scroll === null) return
  const table = document.createElement('table')
  const columns = spec.columns ?? []
  const titles = [spec.x.label, ...spec.series.map(({ label }) => label), ...columns.map(({ title }) => title)]
  const head = table.createTHead().insertRow()
  for (const title of titles) head.append(cellOf('th', title))
  const body = table.createTBody()
  spec.x.values.forEach((x, i) => {
    const row = body.insertRow()
    row.append(cellOf('th', placeText(spec, x)))
    for (const { values } of spec.series) row.append(cellOf('td', unitText(spec.y.unit, values[i])))
    for (const { texts } of columns) row.append(cellOf('td', texts[i] ?? ''))
  })
  scroll.replaceChildren(table)
}

/** The bars of a figure as a table: each tells its own row. */
export function barTables(part: ParentNode): void {
  for (const figure of part.querySelectorAll<HTMLElement>('figure.bars')) {
    const data = figure.querySelector('details')
    data?.addEventListener(
      'toggle',
      () => {
        const table = document.createElement('table')
        for (const { textContent } of figure.querySelectorAll('rect title')) {
          const row = table.insertRow()
          const end = textContent.lastIndexOf(': ')
          row.append(cellOf('th', textContent.slice(0, end)), cellOf('td', textContent.slice(end + 2)))
        }
        data.querySelector('.scroll')?.replaceChildren(table)
      },
      { once: true },
    )
  }
}

/** Text is set as text: it is never read as markup. */
function cellOf(kind: 'th' | 'td', text: string): HTMLTableCellElement {
  const cell = document.createElement(kind)
  cell.textContent = text
  return cell
}
