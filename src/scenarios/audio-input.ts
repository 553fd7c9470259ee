import { LoadError } from '../domain/load-error.ts'
import type { RequestPlan, SpeechScenarioPlan, TranscriptionScenarioPlan } from '../domain/scenario.ts'
import { audioFileUs } from './audio-file.ts'
import type { AudioInput } from './exchange.ts'
import { compileText, type Fill } from './template.ts'

/**
 * What the requests of a plan are about. The files of a transcription are measured once each.
 * @throws LoadError `invalid-option` when a template does not fit its row, or a file cannot be read
 */
export function audioInput(where: string, plan: SpeechScenarioPlan | TranscriptionScenarioPlan): Fill<AudioInput> {
  if (plan.kind === 'speech') {
    const text = fill(`${where}: option text`, plan.text, plan)
    return (row, k) => ({ text: text(row, k), path: null, audioUs: null, reference: null })
  }
  const lengths = new Map<string, number | null>()
  const file = fill(`${where}: option file`, plan.file, plan)
  const reference = plan.reference === null ? () => null : fill(`${where}: option reference`, plan.reference, plan)
  return (row, k) => {
    const path = file(row, k)
    if (!lengths.has(path)) lengths.set(path, measured(where, path))
    return { text: null, path, audioUs: lengths.get(path)!, reference: reference(row, k) }
  }
}

function fill(place: string, text: string, { templated }: RequestPlan): Fill<string> {
  return templated ? compileText(place, text, 'text') : () => text
}

function measured(where: string, path: string): number | null {
  try {
    return audioFileUs(path)
  } catch (cause) {
    throw new LoadError('invalid-option', `${where}: option file: cannot read ${path}`, { cause })
  }
}
