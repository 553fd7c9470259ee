import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { htmlReport } from '../../reporters/html/html-report.ts'
import type { RunReport } from '../../reporters/spec-result.ts'
import { readHtmlAssets } from '../../src/html-assets.ts'
import { attacked } from '../support/attacked.ts'
import { fullLoad, PASSED, runReport, specResult } from '../support/run-report.ts'

/** Debian's `chromium`, or another build of it on the path. */
function chromiumPath(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
    } catch {
      continue
    }
  }
  return null
}

const executablePath = chromiumPath()
if (executablePath === null) console.log('skipped: no Chromium, in which the HTML report is tested (Debian: chromium)')

const REPORT = runReport([
  specResult(),
  specResult({
    name: 'gateway > keeps its errors low',
    state: 'failed',
    loads: [fullLoad({}, [{ ...PASSED, verdict: 'fail', claim: 'error rate below 0.1 %' }])],
  }),
])

describe.skipIf(executablePath === null)('the HTML report in Chromium', { concurrent: false }, () => {
  let browser: Browser
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vitest-perf-html-'))
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** The report opened from disk, with everything that the browser complained of or wanted from elsewhere. */
  async function open(report: RunReport, width = 1280): Promise<{ page: Page; complaints: string[] }> {
    const path = join(directory, `${width}-${report.results.length}.html`)
    const assets = readHtmlAssets(new URL('../../dist/html/', import.meta.url))
    await writeFile(path, htmlReport(report, assets))
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: 'light' })
    const complaints: string[] = []
    const url = pathToFileURL(path).href
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`))
    page.on('request', (request) => request.url() !== url && complaints.push(`request ${request.url()}`))
    await page.goto(url)
    return { page, complaints }
  }

  test('loads from disk without a complaint, zooms all charts of a load together, and changes its theme', async () => {
    const { page, complaints } = await open(REPORT)
    const latency = page.locator('[data-chart="t0-l0-latency"] .plot')
    await latency.scrollIntoViewIfNeeded()
    await page.locator('[data-chart="t0-l0-throughput"] canvas').waitFor()
    const pixels = (chart: string) =>
      page
        .locator(`[data-chart="t0-l0-${chart}"] canvas`)
        .evaluate((canvas: { toDataURL(): string }) => canvas.toDataURL())
    const [before, beside] = [await pixels('latency'), await pixels('throughput')]
    await latency.focus()
    await page.keyboard.press('+')
    await expect.poll(() => pixels('latency')).not.toBe(before)
    await expect.poll(() => pixels('throughput')).not.toBe(beside)
    await page.keyboard.press('0')
    await expect.poll(() => pixels('latency')).toBe(before)
    const box = (await latency.locator('.u-over').boundingBox())!
    await page.mouse.move(box.x + 60, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + 200, box.y + 40, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => pixels('throughput')).not.toBe(beside)
    const colour = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await colour()
    await page.getByRole('button', { name: 'Dark' }).click()
    expect(await colour()).not.toBe(light)
    await page.locator('[data-chart="t0-l0-latency"] details.data summary').click()
    expect(await page.locator('[data-chart="t0-l0-latency"] details.data tbody tr').count()).toBe(66)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('shows the tests of a name and of a verdict', async () => {
    const { page } = await open(REPORT)
    const shown = () => page.locator('details.test:not([hidden]) > summary h2').allTextContents()
    await page.getByLabel('Filter by name').fill('errors')
    expect(await shown()).toEqual(['gateway > keeps its errors low'])
    await page.getByLabel('Filter by name').fill('')
    await page.getByRole('button', { name: /pass/ }).click()
    expect(await shown()).toEqual(['gateway > holds 10 qps'])
    await page.getByLabel('Filter by name').fill('errors')
    expect(await page.getByText('No test has this name and verdict').isVisible()).toBe(true)
    await page.close()
  })

  test('a test that was folded at the start has its charts and tables when it is unfolded', async () => {
    const { page, complaints } = await open(attacked(runReport(Array.from({ length: 9 }, () => specResult()))))
    const folded = page.locator('#t8')
    expect(await folded.locator('figure').count()).toBe(0)
    await folded.locator('> summary').click()
    await folded.locator('[data-chart="t8-l0-trend"] canvas').waitFor()
    await page.evaluate('for (const one of document.querySelectorAll("#t8 details")) one.open = true')
    expect(await folded.locator('[data-chart="t8-l0-latency"] details.data tbody tr').count()).toBe(66)
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('runs nothing that came from outside, whatever is unfolded', async () => {
    const { page, complaints } = await open(attacked(REPORT))
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true')
    await page.locator('[data-chart="t0-l0-trend"]').scrollIntoViewIfNeeded()
    await page.locator('[data-chart="t0-l0-trend"] canvas').waitFor()
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('fits a telephone, whatever names it has', async () => {
    const { page, complaints } = await open(attacked(REPORT), 360)
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true')
    await page.locator('[data-chart="t0-l0-trend"]').scrollIntoViewIfNeeded()
    await page.locator('[data-chart="t0-l0-trend"] canvas').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    expect(complaints).toEqual([])
    await page.close()
  })
})
