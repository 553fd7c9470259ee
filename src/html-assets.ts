import { readFileSync } from 'node:fs'
import type { HtmlAssets } from '../reporters/html/html-report.ts'

const TEMPLATES = ['page', 'test', 'body', 'load', 'procedure', 'claims', 'chart', 'bars', 'stages', 'table']

/** What the build made for the HTML report. @param folder of the built files, with a slash at its end */
export function readHtmlAssets(folder: URL): HtmlAssets {
  const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
  return {
    templates: Object.fromEntries(TEMPLATES.map((name) => [name, read(`${name}.hbs`)])),
    style: read('report.css'),
    script: read('report.js'),
  }
}
