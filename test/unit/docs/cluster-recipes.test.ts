import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { worker } from '../../../src/cli/worker.ts'

const recipe = (name: string): string => readFileSync(new URL(`../../../docs/cluster/${name}`, import.meta.url), 'utf8')
const FLAGS = new Set(worker.help.match(/^ {2}--[a-z-]+/gm)!.map((flag) => flag.trim()))
/** Flags of the worker in a text that holds other commands as well. */
const flagsAfter = (text: string, start: RegExp): string[] =>
  [...text.matchAll(start)].flatMap(([line]) => line.match(/(?<=\s|\[)--[a-z-]+/g) ?? [])

describe('recipes of a cluster', () => {
  it('give the worker options that it has', () => {
    const used = [
      ...flagsAfter(recipe('vitest-perf-worker@.service'), /(?:ExecStart=|WORKER_OPTIONS=).*/g),
      ...flagsAfter(recipe('worker.Dockerfile'), /vitest-perf-worker --.*/g),
      ...flagsAfter(recipe('locust-values.yaml'), /^ {2}args: .*/gm),
      ...flagsAfter(recipe('github-actions.yml'), /vitest-perf worker .*/g),
    ]
    expect(used).toContain('--secret-file')
    expect(used).toContain('--once')
    expect(used.filter((flag) => !FLAGS.has(flag))).toEqual([])
  })

  it('are YAML that says what it is to say', () => {
    const values = parse(recipe('locust-values.yaml')) as Record<string, Record<string, unknown>>
    expect(values['loadtest']).toMatchObject({ environment_external_secret: { 'vitest-perf': ['VITEST_PERF_SECRET'] } })
    expect(values['worker']!['args']).toEqual([
      '--master',
      'load-locust:5557',
      '--allow-target',
      'api.default.svc:8000',
    ])
    const { jobs } = parse(recipe('github-actions.yml')) as { jobs: Record<string, { strategy?: unknown }> }
    expect(Object.keys(jobs)).toEqual(['workers', 'load'])
    expect(jobs['workers']!.strategy).toMatchObject({ matrix: { worker: [1, 2, 3, 4] } })
  })

  it('build an image whose instructions Docker knows', () => {
    const joined = recipe('worker.Dockerfile').replaceAll(/\\\n/g, ' ')
    const instructions = joined.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(instructions.map((line) => line.split(' ', 1)[0])).toEqual(['FROM', 'WORKDIR', 'RUN', 'USER', 'ENTRYPOINT'])
    expect(JSON.parse(instructions.at(-1)!.replace('ENTRYPOINT ', ''))).toContain('worker')
  })
})
