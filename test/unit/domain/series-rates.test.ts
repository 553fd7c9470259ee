import { expect, test } from 'vitest'
import { outputTokensPerSecond, totalTokensPerSecond } from '../../../src/domain/series-rates.ts'
import { series } from '../../support/measurement-builder.ts'

test('embeddings have tokens of the input and none of the output', () => {
  const { events, ...rest } = series({ windowUs: 10e6, distributions: { inputTokens: [30, 50] } })
  const embeddings = { ...rest, events: { ...events, inputTokens: 80 } }
  expect(outputTokensPerSecond(embeddings)).toBeNull()
  expect(totalTokensPerSecond(embeddings)).toBe(8)
  expect(totalTokensPerSecond(series({ windowUs: 10e6 }))).toBeNull()
})
