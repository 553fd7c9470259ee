import { expect, test } from 'vitest'
import { familyOf, readExposition } from '../../../src/monitor/prometheus-text.ts'

const read = (text: string): unknown[] =>
  readExposition(text).samples.map(({ name, labels, value }) => [name, labels, value])

test('reads the example of the specification of format 0.0.4', () => {
  const text = String.raw`
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045
`
  expect(read(text)).toEqual([
    ['http_requests_total', { method: 'post', code: '200' }, 1027],
    ['http_requests_total', { method: 'post', code: '400' }, 3],
    [
      'msdos_file_access_time_seconds',
      { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' },
      1458255915,
    ],
    ['metric_without_timestamp_and_labels', {}, 12.47],
    ['something_weird', { problem: 'division by zero' }, Infinity],
  ])
})

test('reads OpenMetrics: timestamps in seconds, exemplars, quoted names, the mark of the end', () => {
  const text = `# TYPE foo histogram
# UNIT foo seconds
foo_bucket{le="0.1"} 8 # {trace_id="a} # b"} 0.054
foo_bucket{le="1.0"} 11 1520879607.789 # {trace_id="x"} 0.67 1520879607.7
foo_bucket{le="+Inf"} 17 # {} 9.8
{"my.metric","a.b"="c"} 1e3
# EOF
`
  expect(read(text)).toEqual([
    ['foo_bucket', { le: '0.1' }, 8],
    ['foo_bucket', { le: '1.0' }, 11],
    ['foo_bucket', { le: '+Inf' }, 17],
    ['my.metric', { 'a.b': 'c' }, 1000],
  ])
})

test.each([
  ['a{b="x,y={}\\"",c="\u00e9 \u{1F600}",} 1', { b: 'x,y={}"', c: '\u00e9 \u{1F600}' }, 1],
  ['a { b = "c" , d="" } NaN', { b: 'c', d: '' }, Number.NaN],
  ['a{} -Inf', {}, -Infinity],
  ['a\t4e-3\t1395066363000', {}, 0.004],
  ['a{__proto__="x",constructor="y"} 1', { ['__proto__']: 'x', constructor: 'y' }, 1],
  ['a 1\r', {}, 1],
])('reads %j', (line, labels, value) => {
  expect(read(line)).toEqual([['a', labels, value]])
})

test('leaves out lines that are no metric, counts them and tells the first', () => {
  const text = 'a 1\na{b="c" 2\nb\n<p>hello</p>\na{b=c} 1\nd 1,5\ne 2'
  const { samples, badLines, firstBadLine } = readExposition(text)
  expect([samples.map(({ name }) => name), badLines, firstBadLine]).toEqual([['a', 'e'], 5, 'a{b="c" 2'])
})

test('a sample belongs to the family whose type says so', () => {
  const { types } = readExposition(
    '# TYPE a counter\n# TYPE b_total counter\n# TYPE c histogram\n# TYPE d summary\n# TYPE e gauge\n# TYPE f info',
  )
  expect(
    ['a_total', 'a_created', 'b_total', 'c_bucket', 'c_sum', 'd_count', 'd', 'e', 'e_sum', 'f'].map((name) =>
      Object.values(familyOf(name, types)).join(' '),
    ),
  ).toEqual([
    'a counter',
    'a counter',
    'b_total counter',
    'c histogram',
    'c histogram',
    'd summary',
    'd summary',
    'e gauge',
    'e_sum untyped',
    'f untyped',
  ])
})
