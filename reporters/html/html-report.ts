import { createHash } from 'node:crypto'
import Handlebars from 'handlebars'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { specIdText } from '../../src/domain/spec-id.ts'
import type { LoadSetup } from '../../src/domain/load-charts.ts'
import { commonModeText } from '../../src/format/comparison-text.ts'
import { formatCount } from '../../src/format/quantity-text.ts'
import { tableTexts } from '../../src/format/table-text.ts'
import { loadsOfSearches } from '../loads-of-searches.ts'
import type { RunReport, SpecResult } from '../spec-result.ts'
import { claimsOf, severityOf, verdictOfTest } from '../verdict-word.ts'
import { type ChartSpec, thinned } from './chart-spec.ts'
import { claimView, loadView, type LoadView, type VerdictView, verdictView } from './load-section.ts'
import { type ProcedureView, procedureView } from './procedure-section.ts'

/** What the page is made of, as the build left it. */
export interface HtmlAssets {
  /** Handlebars: the page and its parts, by name; `page` is the whole. */
  readonly templates: Readonly<Record<string, string>>
  readonly style: string
  /** Paints the charts; no module, no import. */
  readonly script: string
}

interface TestView {
  readonly id: string
  readonly name: string
  readonly file: string
  readonly verdict: VerdictView
  readonly state: SpecResult['state']
  readonly open: boolean
  readonly claimed: string
  readonly errors: readonly string[]
  readonly loads: readonly LoadView[]
  /** Loads that a procedure shows together. */
  readonly parts: readonly LoadView[]
  readonly procedures: readonly (Omit<ProcedureView, 'claims'> & { readonly claims: ReturnType<typeof claimView>[] })[]
}

/** Points of a series over time: first what a screen can show, then less until the file is small enough. */
const [MOST_POINTS, LEAST_POINTS] = [300, 40]
const MOST_BYTES = 4.5e6
/** Begins the data in the page; no text from outside can hold it, because there `<` is escaped. */
const DATA = '<script type="application/json" id="charts">'
/** Tests that are all unfolded; of more only those that need a look. */
const ALL_OPEN = 8

/**
 * The report as one file that needs nothing else: styles, script and data inlined, no network, nothing from outside
 * unescaped, and a policy that lets nothing else run.
 */
export function htmlReport(report: RunReport, assets: HtmlAssets): string {
  const tests = report.results.map((result, i) => testView(result, report.results, `t${i}`))
  const charts = tests.flatMap(chartsOf)
  const [before = '', after = ''] = pageTemplate(assets)({
    ...report,
    tests,
    alike: report.commonMode === null ? null : commonModeText(report.commonMode),
    counts: countsOf(tests),
    environments: environmentsOf(report),
    targets: targetsOf(report),
    style: assets.style,
    script: assets.script,
    policy: policyOf(assets),
  }).split(DATA)
  const room = MOST_BYTES - Buffer.byteLength(before) - Buffer.byteLength(after)
  const data = dataWithin(charts, room)
  return `${before}${DATA}${data}${after}`
}

/** The charts as JSON, with as many points as there is room for. */
function dataWithin(charts: readonly ChartSpec[], room: number): string {
  const json = (points: number): string => inlineJson(charts.map((chart) => thinned(chart, points)))
  const all = json(MOST_POINTS)
  if (Buffer.byteLength(all) <= room) return all
  // Not everything shrinks with the points: a tenth less than the share that there is room for.
  const fewer = json(Math.max(LEAST_POINTS, Math.floor((0.9 * MOST_POINTS * room) / Buffer.byteLength(all))))
  return Buffer.byteLength(fewer) <= room ? fewer : json(LEAST_POINTS)
}

function testView(result: SpecResult, all: readonly SpecResult[], id: string): TestView {
  const verdict = verdictOfTest(result)
  const loads = all.flatMap((one) => one.loads)
  const claims = claimsOf(result)
  const ofProcedures = loadsOfSearches(result.searches)
  const isPart = ({ specId }: LoadSummary): boolean => ofProcedures.has(specIdText(specId))
  const views = result.loads.map((load, i) => loadView(load, `${id}-l${i}`))
  return {
    id,
    name: result.name,
    file: result.loads[0]?.specId.file ?? result.searches[0]?.specId.file ?? result.file,
    verdict: verdictView(verdict),
    state: result.state,
    open: all.length <= ALL_OPEN || severityOf(verdict) < severityOf('pass'),
    claimed: claims.length === 1 ? '1 claim' : `${formatCount(claims.length)} claims`,
    errors: result.errors,
    loads: views.filter((_, i) => !isPart(result.loads[i]!)),
    parts: views.filter((_, i) => isPart(result.loads[i]!)),
    procedures: result.searches.map((search, i) => {
      const { claims: judged, ...view } = procedureView(search, loads, `${id}-p${i}`)
      return { ...view, claims: judged.map(claimView) }
    }),
  }
}

function chartsOf({ loads, parts, procedures }: TestView): readonly ChartSpec[] {
  return [
    ...[...loads, ...parts].flatMap(({ trend, course, spectra, distributions }) => [
      ...trend,
      ...course,
      ...spectra,
      ...distributions,
    ]),
    ...procedures.flatMap(({ charts }) => charts),
  ]
}

/** How many tests have each verdict, the worst first. */
function countsOf(tests: readonly TestView[]): { readonly verdict: VerdictView; readonly count: number }[] {
  const kinds = ['invalid', 'fail', 'inconclusive', 'weak', 'pass', null] as const
  return kinds.flatMap((kind) => {
    const verdict = verdictView(kind)
    const count = tests.filter((test) => test.verdict.kind === verdict.kind).length
    return count === 0 ? [] : [{ verdict, count }]
  })
}

/** The machines of the loads; one, unless results of several are shown together. */
function environmentsOf({ results }: RunReport): { readonly name: string; readonly value: string }[][] {
  const texts = results.flatMap(({ loads }) => loads.map(({ setup }) => JSON.stringify(setup.environment)))
  return [...new Set(texts)].map((text) => {
    const { hard, soft } = JSON.parse(text) as LoadSetup['environment']
    return Object.entries({ ...hard, ...soft }).map(([name, value]) => ({ name, value: String(value ?? 'n/a') }))
  })
}

/** What targets told of themselves, each once. */
function targetsOf({ results }: RunReport): { readonly name: string; readonly value: string }[][] {
  const tables = results.flatMap(({ searches }) => searches.flatMap((one) => (one.kind === 'table' ? one : [])))
  const facts = tables
    .filter(({ about }) => about === 'target')
    .map((table) => JSON.stringify(tableTexts(table).rows.map(([name = '', value = '']) => ({ name, value }))))
  return [...new Set(facts)].map((text) => JSON.parse(text) as { name: string; value: string }[])
}

/** JSON that may stand in a script element: `<` cannot end it, and no line separator can end a string. */
function inlineJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

/** Nothing loads, and nothing runs but this very script. */
function policyOf({ style, script }: HtmlAssets): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`
}

function pageTemplate({ templates }: HtmlAssets): (view: unknown) => string {
  const handlebars = Handlebars.create()
  for (const [name, text] of Object.entries(templates)) handlebars.registerPartial(name, text)
  return handlebars.compile(templates['page'] ?? '', { strict: false })
}
