import type { AudioNumbers, LoadSummary } from '../../src/domain/perf-meta.ts'
import { wrapParts } from '../../src/format/display-width.ts'
import { formatCount, formatDuration, formatRate, formatShare, significant } from '../../src/format/quantity-text.ts'
import type { Screen } from './load-view.ts'

/** What a load says of audio: of the whole, or of each part where the whole has several. */
export function audioLines(load: LoadSummary, { columns }: Screen): string[] {
  const whole = load.isMix ? null : load.numbers.audio
  const parts =
    whole === null ? load.requests.map(({ name, numbers }) => ({ title: `${name}: `, audio: numbers.audio })) : []
  return [{ title: '', audio: whole }, ...parts].flatMap(({ title, audio }) =>
    audio === null
      ? []
      : groups(audio).flatMap(([first = '', ...rest]) => wrapParts([`  ${title}${first}`, ...rest], columns, 4)),
  )
}

function groups(audio: AudioNumbers): string[][] {
  const { charactersPerSecond, audioSecondsPerSecond, realTimeFactor, timeToFirstAudio, stutter, words } = audio
  const rates = [
    ...(charactersPerSecond === null ? [] : [`${formatRate(charactersPerSecond)} characters`]),
    ...(audioSecondsPerSecond === null ? [] : [`${significant(audioSecondsPerSecond)} s of audio per second`]),
    ...(realTimeFactor === null
      ? []
      : [`real-time factor p50 ${significant(realTimeFactor.p50)}, p95 ${significant(realTimeFactor.p95)}`]),
  ]
  const playback = [
    ...(timeToFirstAudio === null
      ? []
      : [`first audio p50 ${formatDuration(timeToFirstAudio.p50)}, p95 ${formatDuration(timeToFirstAudio.p95)}`]),
    ...(stutter === null
      ? []
      : [
          `${formatShare(stutter.smooth / stutter.n)} of ${formatCount(stutter.n)} play without a stop`,
          ...(stutter.max === 0
            ? []
            : [`stutter p95 ${formatDuration(stutter.p95)}, max ${formatDuration(stutter.max)}`]),
        ]),
  ]
  const transcripts =
    words === null
      ? []
      : [
          `word error rate ${formatShare(words.errors / words.reference)}`,
          `${formatCount(words.errors)} of ${formatCount(words.reference)} words`,
        ]
  return [rates, playback, transcripts].filter((group) => group.length > 0)
}
