// Checks the code blocks of README.md and docs/: TypeScript is type-checked in one program, as modules among which the names
// of scripts/docs-ambient.d.ts are known; YAML and JSON are parsed. Errors are told at the line of the page.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'

const PLACE = '.tmp/docs'
const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((path) => path.endsWith('.md'))
/** Name of a module -> where its block begins. @type {Map<string, { page: string, line: number }>} */
const origins = new Map()
const faults = []

rmSync(PLACE, { recursive: true, force: true })
mkdirSync(PLACE, { recursive: true })
for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  for (const block of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, block.index).split('\n').length
    check(page, line, block[1], block[2])
  }
  for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
    const path = new URL(target, new URL(page, `file://${process.cwd()}/`))
    try {
      readFileSync(path)
    } catch {
      faults.push(`${page}: links to ${target}, which is not there`)
    }
  }
}
writeFileSync(
  `${PLACE}/tsconfig.json`,
  JSON.stringify({
    extends: '../../tsconfig.json',
    compilerOptions: { isolatedDeclarations: false, declaration: false, noUnusedLocals: false },
    include: ['*.ts', '../../scripts/docs-ambient.d.ts'],
    exclude: [],
  }),
)
const { stdout } = spawnSync('npx', ['tsc', '-p', PLACE, '--pretty', 'false'], { encoding: 'utf8' })
for (const error of stdout.split('\n').filter((one) => one !== '')) {
  const [, module, line, rest] = /([\w-]+)\.ts\((\d+),\d+\): (.*)/.exec(error) ?? []
  const origin = origins.get(module)
  faults.push(origin === undefined ? error : `${origin.page}:${origin.line + Number(line)}: ${rest}`)
}
for (const fault of faults) console.error(fault)
console.log(`docs: ${origins.size} code blocks of ${pages.length} pages type-checked`)
process.exitCode = faults.length === 0 ? 0 : 1

function check(page, line, language, code) {
  try {
    if (language === 'json') JSON.parse(code)
    // Suites name environment variables as `${NAME}`, which are filled in before.
    if (language === 'yaml') parseYaml(code.replace(/\$\{\w[^}]*\}/g, 'filled'))
  } catch (error) {
    faults.push(`${page}:${line}: ${error.message}`)
  }
  if (language !== 'ts') return
  const module = `block-${origins.size}`
  origins.set(module, { page, line })
  // A block of options alone stands for an object with them.
  const isOptions = /^[a-zA-Z]+: /.test(code)
  const head = isOptions ? "export const options: import('vitest-perf/config').PerfProjectOptions = {" : 'export {};'
  writeFileSync(
    `${PLACE}/${module}.ts`,
    `${head}${code.trimEnd().replace(/^/, isOptions ? ' ' : ' ')}\n${isOptions ? '}\n' : ''}`,
  )
}
