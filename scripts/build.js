// Builds the package into dist/ and the fixture servers into fixtures/dist/. Declarations come from tsc (npm run build:types).
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const node = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
}

const { dependencies, peerDependencies } = JSON.parse(await readFile('package.json', 'utf8'))

/** Whose code is part of ours: zod, because all of it would be loaded at every start of a generator. */
const INCLUDED = ['zod', 'uplot']

await rm('dist', { recursive: true, force: true })
await Promise.all([
  build({
    ...node,
    packages: 'bundle',
    external: Object.keys({ ...dependencies, ...peerDependencies }),
    entryPoints: {
      index: 'src/index.ts',
      config: 'src/config.ts',
      scenarios: 'src/scenarios.ts',
      matchers: 'src/matchers.ts',
      declared: 'src/declared.ts',
      suites: 'suites/index.ts',
      cli: 'src/cli.ts',
      generator: 'src/generator/main.ts',
      'guarded-generator': 'src/cluster/guarded-generator.ts',
      'server-supervisor': 'src/spec/server-supervisor.ts',
      'nvml-probe': 'src/monitor/nvml-probe.ts',
      'statsd-worker': 'src/monitor/statsd-worker.ts',
      'reporters/terminal': 'reporters/terminal.ts',
    },
    outdir: 'dist',
    splitting: true,
    chunkNames: '[name]-[hash]',
    sourcemap: true,
    sourcesContent: false,
  }),
  // What the HTML report inlines: a script and a style sheet for browsers, charts included, and the templates.
  build({
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    banner: { js: '/* uPlot: MIT License, Copyright (c) 2022 Leon Sorokin */' },
    legalComments: 'none',
    logLevel: 'warning',
    entryPoints: { report: 'reporters/html/client/main.ts' },
    outdir: 'dist/html',
  }),
  cp('reporters/html/templates', 'dist/html', { recursive: true }),
  cp('src/cluster/locustfile.py', 'dist/locustfile.py'),
  cp('reporters/json/report.schema.json', 'dist/report.schema.json'),
  cp('src/declarative/suite.schema.json', 'dist/suite.schema.json'),
  build({
    ...node,
    entryPoints: {
      'inference-server': 'fixtures/inference-server/main.ts',
      'inference-engine': 'fixtures/inference-server/engine-main.ts',
      'audio-worker': 'fixtures/inference-server/audio/worker.ts',
      'plain-server': 'fixtures/plain-server/main.ts',
      gateway: 'fixtures/gateway/main.ts',
      'voice-clone': 'fixtures/voice-clone/main.ts',
    },
    outdir: 'fixtures/dist',
  }),
])
const licenses = INCLUDED.map(async (name) => `${name}\n\n${await readFile(`node_modules/${name}/LICENSE`, 'utf8')}`)
await writeFile('dist/THIRD-PARTY-LICENSES.txt', (await Promise.all(licenses)).join('\n'))
