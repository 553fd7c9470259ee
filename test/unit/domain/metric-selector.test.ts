import { expect, test } from 'vitest'
import { metricSelector } from '../../../src/domain/metric-selector.ts'

const matches = (selector: string, name: string, labels: Readonly<Record<string, string>> = {}): boolean =>
  metricSelector('option', selector).matches(name, labels)

test.each([
  ['a_total', 'a_total', {}, true],
  ['a_total', 'a_total2', {}, false],
  ['a.total', 'a_total', {}, false],
  ['requests.model.*.output_tokens', 'requests.model.qwen2.output_tokens', {}, true],
  ['requests.model.*.output_tokens', 'requests.model.qwen2.input_tokens', {}, false],
  ['a{code="200"}', 'a', { code: '200' }, true],
  ['a{code="200"}', 'a', { code: '2001' }, false],
  ['a{code=~"5.."}', 'a', { code: '503' }, true],
  ['a{code=~"5.."}', 'a', { code: '5030' }, false],
  ['a{code!~"4..|5.."}', 'a', { code: '200' }, true],
  ['a{code!="200", path=~"/v1/.*"}', 'a', { code: '404', path: '/v1/x,y}' }, true],
  ['a{code!="200"}', 'a', {}, true],
  ['a{missing=""}', 'a', {}, true],
  ['a{q="say \\"hi\\", {x}"}', 'a', { q: 'say "hi", {x}' }, true],
  ['a{}', 'a', { any: 'thing' }, true],
  ['a {toString="x"}', 'a', {}, false],
])('%s of %s %j: %s', (selector, name, labels, expected) => {
  expect(matches(selector, name, labels)).toBe(expected)
})

test.each(['', '{a="b"}', 'a{b}', 'a{b=c}', 'a{b="c"', 'a{b=~"("}', 'a b', 7, null])(
  'refuses %j by name',
  (selector) => {
    expect(() => metricSelector('option', selector)).toThrow(/^option: got .*takes the name of a metric/)
  },
)
