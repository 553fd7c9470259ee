import { isAbsolute, relative } from 'node:path'
import type { RunReport, SpecResult } from '../spec-result.ts'
import { claimsOf, severityOf, VERDICT_WORDS, verdictOfTest } from '../verdict-word.ts'

/** GitHub shows ten annotations of each level in a step. */
const MOST_OF_A_LEVEL = 10

interface Annotation {
  readonly level: 'error' | 'warning'
  readonly result: SpecResult
  readonly title: string
  readonly message: string
}

export interface AnnotationOptions {
  /** Directory that paths are shown relative to, as GitHub's diff names them. */
  readonly workspace: string
  /** Whether failed tests are annotated too: not where Vitest's own reporter does it. */
  readonly failures: boolean
}

/** Workflow commands that point at the specs, the worst first: what failed, what is weak, suspect or slower than it was. */
export function githubAnnotations(
  { results }: RunReport,
  { workspace, failures }: AnnotationOptions,
): readonly string[] {
  const sorted = results.toSorted((a, b) => severityOf(verdictOfTest(a)) - severityOf(verdictOfTest(b)))
  const errors = failures ? sorted.flatMap(failure) : []
  const warnings = sorted.flatMap(warningsOf)
  return [...errors.slice(0, MOST_OF_A_LEVEL), ...warnings.slice(0, MOST_OF_A_LEVEL)].map((one) =>
    command(one, workspace),
  )
}

function failure(result: SpecResult): Annotation[] {
  if (result.state !== 'failed') return []
  const verdict = verdictOfTest(result)
  const word = verdict === null ? 'FAIL' : VERDICT_WORDS[verdict].word
  return [{ level: 'error', result, title: `${word}: ${result.name}`, message: result.errors[0] ?? word }]
}

/** Of a test that passed, and of comparisons that no claim was made of. */
function warningsOf(result: SpecResult): Annotation[] {
  const warn = (title: string, message: string): Annotation => ({
    level: 'warning',
    result,
    title: `${title}: ${result.name}`,
    message,
  })
  const weak =
    result.state === 'passed'
      ? claimsOf(result)
          .filter(({ verdict }) => verdict !== 'pass')
          .map(({ verdict, claim, measured, notes = [] }) =>
            warn(VERDICT_WORDS[verdict].word, [`${claim}: ${measured}`, ...notes].join('\n')),
          )
      : []
  const claimed = (label: string): boolean =>
    // A load that was repeated has its claims with its first run.
    result.loads.some(
      (load) => load.label === label && load.expectations.some(({ matcher }) => matcher === 'toNotRegress'),
    )
  const loads = result.loads.flatMap(({ comparison, validity, label }) => [
    ...(comparison?.verdict === 'REGRESSED' && !claimed(label)
      ? [
          warn(
            'REGRESSED',
            `${label === '' ? '' : `${label}: `}against ${comparison.against}; no expectation claims that it does not`,
          ),
        ]
      : []),
    ...validity.findings
      .filter(({ severity }) => severity === 'suspect')
      .map(({ message, advice }) => warn('suspect', `${message}; ${advice}`)),
  ])
  return [...weak, ...loads]
}

function command({ level, result, title, message }: Annotation, workspace: string): string {
  const inside = relative(workspace, result.file)
  const file = inside.startsWith('..') || isAbsolute(inside) ? result.file : inside.replaceAll('\\', '/')
  const properties = [
    `file=${property(file)}`,
    ...(result.line === null ? [] : [`line=${result.line}`]),
    `title=${property(title)}`,
  ]
  return `::${level} ${properties.join(',')}::${data(message)}`
}

/** @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
