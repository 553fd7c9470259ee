// What is published: fails where the tarball holds a file that it should not or grows over its size, and prints what an
// installation weighs beside Vitest.
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MOST_PACKED_BYTES = 1_000_000
const MOST_INSTALLED_BYTES = 80_000_000
const ALLOWED = /^(?:dist\/.+|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
const UNWANTED = /\.map$|(?:^|\/)(?:fixtures|test|\.perf)\/|\.tsbuildinfo$/

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
)
const paths = packed.files.map(({ path }) => path)
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const promised = [manifest.bin, ...Object.values(manifest.exports)].flatMap((target) =>
  typeof target === 'string' ? [target] : Object.values(target),
)
const faults = [
  ...paths.filter((path) => !ALLOWED.test(path) || UNWANTED.test(path)).map((path) => `must not be in it: ${path}`),
  ...promised
    .map((path) => path.replace(/^\.\//, ''))
    .filter((path) => !paths.includes(path))
    .map((path) => `package.json names it and it is missing: ${path}`),
  ...(packed.size > MOST_PACKED_BYTES
    ? [`${megabytes(packed.size)} packed, over ${megabytes(MOST_PACKED_BYTES)}`]
    : []),
]
console.log(
  `package: ${paths.length} files, ${megabytes(packed.size)} packed, ${megabytes(packed.unpackedSize)} unpacked`,
)

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const weights = [...installedPaths('')]
  .map((path) => ({ name: path.replace(/^node_modules\//, ''), bytes: bytesIn(path) }))
  .toSorted((a, b) => b.bytes - a.bytes)
const installed = weights.reduce((sum, { bytes }) => sum + bytes, packed.unpackedSize)
const heaviest = weights.slice(0, 5).map(({ name, bytes }) => `${name} ${megabytes(bytes)}`)
console.log(
  `installed beside Vitest: ${megabytes(installed)} in ${weights.length + 1} packages (${heaviest.join(', ')})`,
)
if (installed > MOST_INSTALLED_BYTES)
  faults.push(`${megabytes(installed)} installed, over ${megabytes(MOST_INSTALLED_BYTES)}`)

for (const fault of faults) console.error(`package: ${fault}`)
process.exitCode = faults.length === 0 ? 0 : 1

/** What a package depends on, and what that does, as far as this platform has it. */
function installedPaths(path, found = new Set()) {
  const { dependencies, optionalDependencies } = packages[path]
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const next = placeOf(name, path)
    if (next === undefined || found.has(next)) continue
    found.add(next)
    installedPaths(next, found)
  }
  return found
}

/** Where Node finds a package: beside the one that asks, or above it. */
function placeOf(name, from) {
  const parts = from.split('/node_modules/')
  return parts
    .map((_, i) => [...parts.slice(0, parts.length - i), name].join('/node_modules/'))
    .concat(`node_modules/${name}`)
    .find((path) => packages[path] !== undefined && existsSync(path))
}

/** Without packages inside, which count for themselves. */
function bytesIn(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(directory, entry.name)
      return sum + (entry.isDirectory() ? bytesIn(path) : lstatSync(path).size)
    }, 0)
}
