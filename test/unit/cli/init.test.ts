import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { init } from '../../../src/cli/init.ts'
import { withPerfPlugin } from '../../../src/cli/init-config.ts'
import { Desk } from './command-place.ts'

describe('perf() goes into a config', () => {
  test.each([
    [
      "import { defineConfig } from 'vitest/config'\nexport default defineConfig({\n  test: {},\n})\n",
      "import { perf } from 'vitest-perf/config'\nimport { defineConfig } from 'vitest/config'\nexport default defineConfig({\n  plugins: [perf()],\n  test: {},\n})\n",
    ],
    [
      '/// <reference types="vitest" />\nimport vue from "@vitejs/plugin-vue";\nexport default {\r\n  plugins: [vue()],\r\n};\n',
      '/// <reference types="vitest" />\nimport { perf } from "vitest-perf/config";\r\nimport vue from "@vitejs/plugin-vue";\nexport default {\r\n  plugins: [perf(), vue()],\r\n};\n',
    ],
    [
      "import { defineConfig } from 'vite'\nexport default defineConfig(({ mode }) => ({ test: { plugins: [1] }, plugins: [] }))",
      "import { perf } from 'vitest-perf/config'\nimport { defineConfig } from 'vite'\nexport default defineConfig(({ mode }) => ({ test: { plugins: [1] }, plugins: [perf(), ] }))",
    ],
    [
      "import { defineConfig } from 'vite'\n// export default defineConfig({ plugins: [] })\nexport default defineConfig({ define: { a: '}', b: /[/}]\"/ }, plugins: [] })",
      "import { perf } from 'vitest-perf/config'\nimport { defineConfig } from 'vite'\n// export default defineConfig({ plugins: [] })\nexport default defineConfig({ define: { a: '}', b: /[/}]\"/ }, plugins: [perf(), ] })",
    ],
  ])('by two insertions', (source, edited) => {
    expect(withPerfPlugin(source)).toBe(edited)
  })

  test.each([
    ['a list that is made elsewhere', "import { plugins } from './p'\nexport default { plugins }"],
    ['a list that is called for', "import { p } from './p'\nexport default { plugins: p() }"],
    ['two objects', "import { a } from 'a'\nconst x = defineConfig({})\nexport default defineConfig({ ...x })"],
    ['a function with a body', 'export default defineConfig(() => { return {} })'],
    ['CommonJS', 'module.exports = defineConfig({})'],
    ['a name that is taken', "import { perf } from './perf'\nexport default { a: perf }"],
    ['code in a template', "import a from 'a'\nexport default { root: `${a}}` }"],
    ['an object that never ends', 'export default { a: {'],
  ])('never where it is not plain how: %s', (_name, source) => {
    expect(withPerfPlugin(source)).toBeNull()
  })
})

describe('vitest-perf init', () => {
  const empty = (): Desk => {
    const desk = new Desk()
    desk.write('package.json', '{\n\t"scripts": {\n\t\t"test": "vitest"\n\t},\n\t"private": true\n}\n')
    return desk
  }
  const read = (desk: Desk, path: string): string => readFileSync(join(desk.cwd, path), 'utf8')

  test('writes everything once, and the second time nothing', async () => {
    const desk = empty()
    desk.write('.gitignore', 'node_modules')
    const first = await desk.run(init)
    expect(first.code).toBe(0)
    expect(read(desk, 'package.json')).toBe(
      '{\n\t"scripts": {\n\t\t"test": "vitest",\n\t\t"perf": "vitest run --project perf"\n\t},\n\t"private": true\n}\n',
    )
    expect(read(desk, '.gitignore')).toBe('node_modules\n.perf/*\n!.perf/baselines/\n')
    expect(read(desk, 'vitest.config.mts')).toContain('plugins: [perf()]')
    expect(read(desk, 'perf/service.perf.ts')).toContain('process.env.PERF_URL')
    expect(read(desk, '.github/workflows/perf.yml')).toContain('- run: npm install\n')
    const before = ['package.json', '.gitignore', 'perf/service.perf.ts'].map((path) => read(desk, path))
    const second = await desk.run(init)
    expect(second.out).not.toMatch(/^(?:created|changed)/m)
    expect(['package.json', '.gitignore', 'perf/service.perf.ts'].map((path) => read(desk, path))).toEqual(before)
  })

  test('--dry-run writes nothing and --json tells data', async () => {
    const desk = empty()
    desk.write('pnpm-lock.yaml', '')
    const { out } = await desk.run(init, '--dry-run', '--json')
    expect(JSON.parse(out)).toMatchObject({
      dryRun: true,
      steps: [
        { path: 'vitest.config.mts', action: 'created' },
        { path: 'perf/service.perf.ts', action: 'created' },
        { path: 'package.json', action: 'changed' },
        { path: '.gitignore', action: 'created' },
        { path: '.github/workflows/perf.yml', action: 'created' },
      ],
      next: 'PERF_URL=http://127.0.0.1:3000/ npx vitest run --project perf',
    })
    expect(readdirSync(desk.cwd).toSorted()).toEqual(['package.json', 'pnpm-lock.yaml'])
  })

  test('a config that cannot be loaded stays, beside a config of our own', async () => {
    const desk = empty()
    desk.write('vitest.config.ts', 'broken {')
    const { out } = await desk.run(init)
    expect(read(desk, 'vitest.config.ts')).toBe('broken {')
    expect(read(desk, 'vitest.perf.config.mts')).toContain('projects: [perfProject()]')
    expect(read(desk, 'package.json')).toContain('"vitest run --config vitest.perf.config.mts --project perf"')
    expect(out).toContain("to have it in vitest.config.ts: import { perf } from 'vitest-perf/config'")
  })

  test('what CI system builds the project decides whether a job is written', async () => {
    const desk = empty()
    desk.write('.gitlab-ci.yml', '')
    expect((await desk.run(init)).out).toContain('this project is built by GitLab')
    const monorepo = empty()
    mkdirSync(join(monorepo.cwd, '.git'))
    mkdirSync(join(monorepo.cwd, 'inner'))
    monorepo.write('inner/package.json', '{}')
    const inner = new Desk(join(monorepo.cwd, 'inner'))
    expect((await inner.run(init)).out).toContain(`not written: GitHub reads jobs of ${monorepo.cwd} only`)
  })

  test('a directory without package.json is no project', async () => {
    await expect(new Desk().run(init)).rejects.toThrow(/no package.json.*\n {2}hint: run the command/)
  })
})
