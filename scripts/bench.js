// Runs one program of test/bench: `node scripts/bench.js throughput --rounds 1`. Bundled first: Node 20 runs no TypeScript.
import { spawn } from 'node:child_process'
import { build } from 'esbuild'

const [name = '', ...options] = process.argv.slice(2)
// As deep in the repository as the sources, so that paths relative to them hold and packages are found.
const outfile = `node_modules/.bench/${name}.mjs`
await build({
  entryPoints: [`test/bench/${name}.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
})
const bench = spawn(process.execPath, ['--enable-source-maps', outfile, ...options], { stdio: 'inherit' })
bench.on('exit', (code) => (process.exitCode = code ?? 1))
