import { basename } from 'node:path'
import { encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'
import { claimPath, claimsOf } from './suite-claims.ts'
import { SuiteDocument } from './suite-document.ts'

/** Code of a module, and where its lines come from. */
export interface SuiteModule {
  readonly code: string
  readonly map: {
    readonly version: 3
    readonly file: string
    readonly sources: string[]
    readonly sourcesContent: string[]
    readonly names: string[]
    readonly mappings: string
  }
}

/** A line of code, and the key of the file that it stands for. */
type Statement = readonly [code: string, path: Path]
type Path = readonly string[]

/** `gateway` for `gateway.perf.yaml`. */
export function suiteName(file: string): string {
  return basename(file).replace(/\.perf\.\w+$/, '')
}

/**
 * Turns a declarative file into a module that declares its tests. Each statement stands for a key of the file, so that
 * failures, locations of tests and code frames point there.
 * @param file its absolute path
 * @param shown how messages name it
 * @param entry what the module imports from
 * @throws LoadError `invalid-option` with file, line and column
 */
export function suiteModule(file: string, shown: string, text: string, entry: string): SuiteModule {
  const document = new SuiteDocument(shown, text)
  const statements: readonly Statement[] = [
    [`import { declaredSuite, describe, expect, test } from ${JSON.stringify(entry)}`, []],
    [`const suite = declaredSuite(${JSON.stringify(file)}, ${JSON.stringify(text)})`, []],
    [`describe(${JSON.stringify(suiteName(file))}, () => {`, []],
    ...Object.entries(recordOf(recordOf(document.data((written) => written))['tests'])).flatMap(
      ([title, test], index) => testStatements(title, index, recordOf(test)),
    ),
    ['})', []],
  ]
  return {
    code: statements.map(([code]) => code).join('\n'),
    map: {
      version: 3,
      file,
      sources: [file],
      sourcesContent: [text],
      names: [],
      mappings: encode(statements.map(([, path]) => [segmentOf(document, path)])),
    },
  }
}

function testStatements(title: string, index: number, test: Readonly<Record<string, unknown>>): readonly Statement[] {
  const path = ['tests', title]
  const services = Object.keys(recordOf(recordOf(test['load'])['services']))
  return [
    [`test(${titleCode(title, index)}, async ({ load }) => {`, path],
    [`const { run, claims } = suite.tests[${index}]`, path],
    ['const measured = await run(load)', [...path, 'load']],
    // Soft: one broken claim must not hide what the others found in the same load.
    ...claimsOf(recordOf(test['expect']), services).map((claim, at): Statement => [
      `expect.soft(claims[${at}].of(measured))[claims[${at}].matcher](...claims[${at}].arguments)`,
      [...path, 'expect', ...claimPath(claim)],
    ]),
    ['})', path],
  ]
}

/** A literal where it can be one: Vitest 5 lists tests without running their file. */
function titleCode(title: string, index: number): string {
  return title.includes('${') ? `suite.tests[${index}].title` : JSON.stringify(title)
}

function segmentOf(document: SuiteDocument, path: Path): SourceMapSegment {
  const { line, column } = document.placeOf(path)
  return [0, 0, line - 1, column - 1]
}

/** What is no object has no entries; what it should be is said when the module runs. */
function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
