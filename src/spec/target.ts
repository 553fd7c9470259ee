import { z } from 'zod'
import { optionsError } from '../domain/options-error.ts'
import type { TableCell } from '../domain/result-table.ts'
import type { TargetFact } from '../domain/target-facts.ts'
import { BASE_URL_FORM, resolveBaseUrl } from '../scenarios/address.ts'
import {
  readTargetFacts,
  TARGET_ENDPOINTS,
  type TargetAnswers,
  type TargetEndpoint,
} from '../scenarios/target-facts.ts'
import type { LoadSession } from './load-session.ts'

/** Options of `target()`. */
export interface TargetOptions {
  /** With or without `/v1`: an address, or what `server()` returned. */
  readonly baseUrl: string | { readonly url: string }
  /** As requests name it. */
  readonly model: string
  /** Sent as `authorization: Bearer`. */
  readonly apiKey?: string
}

const WHERE = 'target(options)'
const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const OPTIONS = z.strictObject(
  {
    baseUrl: z.union([z.string(), z.looseObject({ url: z.string() })], BASE_URL_FORM),
    model: text,
    apiKey: text.optional(),
  },
  'takes { baseUrl, model, apiKey }',
)
/** A server that is there answers at once. */
const WITHIN_MS = 2000

/**
 * Asks a server what it is and shows it in every report; what it does not tell is n/a.
 * @throws LoadError `invalid-option`
 */
export async function tellTarget(
  session: Pick<LoadSession, 'beginSearch'>,
  ask: typeof fetch,
  options: TargetOptions,
): Promise<readonly TargetFact[]> {
  const parsed = OPTIONS.safeParse(options)
  if (!parsed.success) throw optionsError(WHERE, parsed.error.issues, options)
  const { baseUrl, model, apiKey } = parsed.data
  const root = resolveBaseUrl(WHERE, baseUrl).replace(/\/v1$/, '')
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  const answers = await Promise.all(TARGET_ENDPOINTS.map((path) => answerOf(ask, root, path, model, headers)))
  const found: TargetAnswers = Object.fromEntries(
    TARGET_ENDPOINTS.map((path, i) => [path, answers[i]] as const).filter(([, answer]) => answer !== undefined),
  )
  const facts = readTargetFacts(found, model)
  const { specId, tell } = session.beginSearch('target')
  tell({
    kind: 'table',
    about: 'target',
    specId,
    title: [specId.path.at(-1) ?? specId.file, 'target'].join(' · '),
    columns: ['of the target', 'value', 'told by'],
    rows: facts.map(({ name, value, source }) => ({
      cells: [name, valueCell(name, value), source ?? ''],
      external: null,
    })),
    notes: [
      Object.keys(found).length === 0
        ? `none of ${TARGET_ENDPOINTS.join(', ')} answered: the server tells nothing of itself`
        : 'as the server tells it; what it does not tell is n/a, and nobody here checked the rest',
    ],
    end: 'done',
  })
  return facts
}

function valueCell(name: TargetFact['name'], value: TargetFact['value']): TableCell {
  return name === 'model size' && typeof value === 'number' ? { value, unit: 'bytes' } : value
}

/** `undefined` for what is not there, refuses, or is no JSON: not every server knows every endpoint. */
async function answerOf(
  ask: typeof fetch,
  root: string,
  path: TargetEndpoint,
  model: string,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const asked =
    path === '/api/show'
      ? { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ model }) }
      : { headers: { ...headers } }
  try {
    const response = await ask(`${root}${path}`, { ...asked, signal: AbortSignal.timeout(WITHIN_MS) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
