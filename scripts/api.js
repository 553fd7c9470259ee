// The public surface of the emitted declarations as one text, api/public.d.ts.txt: what the entry points export and every
// declaration that those refer to, without comments. `node scripts/api.js` writes it, `--check` fails where it differs.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

const KEPT = 'api/public.d.ts.txt'
const STATEMENT = /^(?:export|declare|import|type|interface|class|function|const|abstract|enum)\b/
const NAME =
  /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:const enum|interface|type|class|function|const|enum|let) ([\w$]+)/

/** @typedef {{ statements: Map<string, string[]>, imports: Map<string, [string, string]>, stars: string[], named: Map<string, [string, string]>, globals: string[], loaded: string[] }} Declarations */

/** @type {Map<string, Declarations>} */
const files = new Map()

/** @returns {Declarations} */
function read(path) {
  const known = files.get(path)
  if (known !== undefined) return known
  const file = { statements: new Map(), imports: new Map(), stars: [], named: new Map(), globals: [], loaded: [] }
  files.set(path, file)
  const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/\n?|^\s*\/\/.*\n/gm, '')
  const statements = []
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    if (STATEMENT.test(line)) statements.push(line)
    else statements[statements.length - 1] += `\n${line}`
  }
  for (const statement of statements) take(file, path, statement)
  return file
}

function take(file, path, statement) {
  const from = /\bfrom '([^']+)'/.exec(statement)?.[1] ?? /^import '([^']+)'/.exec(statement)?.[1]
  const source = from === undefined ? null : resolved(path, from)
  if (statement.startsWith('import')) {
    if (source !== null) file.loaded.push(source)
    for (const [name, original] of namesIn(statement)) if (source !== null) file.imports.set(name, [source, original])
  } else if (/^export (?:type )?\*/.test(statement)) file.stars.push(source ?? `'${from}'`)
  else if (/^export (?:type )?\{/.test(statement))
    for (const [name, original] of namesIn(statement))
      file.named.set(name, [from === undefined ? path : (source ?? `'${from}'`), original])
  else if (/^declare (?:module|global)/.test(statement)) file.globals.push(statement)
  else {
    const name = NAME.exec(statement)?.[1]
    if (name === undefined) throw new Error(`${path}: not understood: ${statement.split('\n')[0]}`)
    file.statements.set(name, [...(file.statements.get(name) ?? []), statement])
  }
}

function namesIn(statement) {
  const list = /\{([^}]*)\}/.exec(statement)?.[1] ?? ''
  return list
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^type /, '')
        .split(/ as /),
    )
    .filter(([name]) => name !== '')
    .map(([original, name = original]) => [name, original])
}

function resolved(path, from) {
  if (!from.startsWith('.')) return null
  return normalize(join(dirname(path), from.replace(/\.(?:ts|js)$/, '.d.ts')))
}

/** Declarations that are part of the surface: path -> name -> text. @type {Map<string, Map<string, string>>} */
const surface = new Map()

/** @returns {[string, string]} where a name that a file exports or imports is declared */
function origin(path, name) {
  const file = read(path)
  if (file.statements.has(name)) return [path, name]
  const [source, original] = file.named.get(name) ?? file.imports.get(name) ?? []
  if (source === undefined) {
    const star = file.stars.find((one) => existsSync(one) && exportsOf(one).has(name))
    return star === undefined ? [path, name] : origin(star, name)
  }
  if (source === path) return [path, original]
  return existsSync(source) ? origin(source, original) : [source, original]
}

/** @returns {Set<string>} */
function exportsOf(path) {
  if (!existsSync(path)) return new Set([`* from ${path}`])
  const file = read(path)
  const own = [...file.statements]
    .filter(([, texts]) => texts.some((text) => text.startsWith('export')))
    .map(([name]) => name)
  return new Set([...own, ...file.named.keys(), ...file.stars.flatMap((star) => [...exportsOf(star)])])
}

function include(path, name) {
  const file = existsSync(path) ? read(path) : null
  const text = file?.statements.get(name)?.join('\n')
  if (text === undefined || surface.get(path)?.has(name)) return
  surface.set(path, (surface.get(path) ?? new Map()).set(name, text))
  includeNames(path, text)
}

function includeNames(path, text) {
  const file = read(path)
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
    if (file.statements.has(word) || file.imports.has(word)) include(...origin(path, word))
  }
}

/** What a file changes in other modules, and what the files that it loads for that change. */
function includeGlobals(path, seen = new Set()) {
  if (seen.has(path) || !existsSync(path)) return
  seen.add(path)
  const file = read(path)
  file.globals.forEach((text, index) => {
    surface.set(path, (surface.get(path) ?? new Map()).set(`~${index}`, text))
    includeNames(path, text)
  })
  const named = [...file.named.values()].map(([source]) => source)
  for (const source of [...file.loaded, ...file.stars, ...named]) includeGlobals(source, seen)
}

function publicSurface() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const entries = Object.entries(manifest.exports).filter(([, target]) => target.types !== undefined)
  const parts = []
  for (const [entry, { types }] of entries) {
    const path = normalize(types)
    const names = [...exportsOf(path)].toSorted()
    for (const name of names) include(...origin(path, name))
    includeGlobals(path)
    parts.push(`# ${join('vitest-perf', entry)}\n${names.map((name) => `  ${name}`).join('\n')}\n`)
  }
  for (const [path, declarations] of [...surface].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const texts = [...declarations].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
    parts.push(`# ${relative('dist/types', path)}\n${texts.join('\n')}\n`)
  }
  return parts.join('\n')
}

const text = publicSurface()
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(KEPT), { recursive: true })
  writeFileSync(KEPT, text)
  console.log(`written: ${KEPT}`)
} else if (!existsSync(KEPT) || readFileSync(KEPT, 'utf8') !== text) {
  spawnSync('git', ['--no-pager', 'diff', '--no-index', '--', KEPT, '-'], {
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  console.error(`\nThe public API is not what ${KEPT} says. If that is meant: npm run api, and commit the file.`)
  process.exitCode = 1
}
