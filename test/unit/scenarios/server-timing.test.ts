import { describe, expect, test } from 'vitest'
import { serverTiming } from '../../../src/scenarios/server-timing.ts'

const read = (header: string | string[], trailer?: string): [string, number][] => [
  ...(serverTiming({ 'server-timing': header }, trailer === undefined ? {} : { 'server-timing': trailer }) ?? []),
]

describe('Server-Timing', () => {
  test.each<[string, [string, number][]]>([
    [
      'queue;dur=1.5, prefill;dur=20',
      [
        ['queue', 1500],
        ['prefill', 20_000],
      ],
    ],
    [
      'connect;dur=1, tls;dur=2, dns;dur=3, db;dur=4',
      [
        ['server.connect', 1000],
        ['server.tls', 2000],
        ['server.dns', 3000],
        ['db', 4000],
      ],
    ],
    ['db;desc="a, b; dur=9 \\" c";dur=2', [['db', 2000]]],
    ['cache;desc=hit;dur="0.25"', [['cache', 250]]],
    ['miss, db;dur=1', [['db', 1000]]],
    [
      ' a ; DUR = 3 ,b;dur=4',
      [
        ['a', 3000],
        ['b', 4000],
      ],
    ],
    ['a;dur=1;dur=9', [['a', 1000]]],
    ['a;dur=1, a;dur=2', [['a', 3000]]],
    ['a;dur=, b;dur=x, c;dur=-1, d;dur=1e3', [['d', 1_000_000]]],
    ['', []],
    ['dur=5', []],
    [
      'a;dur=1,,b;dur=2',
      [
        ['a', 1000],
        ['b', 2000],
      ],
    ],
  ])('reads %j', (header, stages) => {
    expect(read(header)).toEqual(stages)
  })

  test('joins several header lines, and trailers overrule headers', () => {
    expect(read(['a;dur=1', 'b;dur=2'], 'b;dur=7, c;dur=3')).toEqual([
      ['a', 1000],
      ['b', 7000],
      ['c', 3000],
    ])
  })

  test('is null without header and without any duration', () => {
    expect(serverTiming({})).toBeNull()
    expect(serverTiming({ 'server-timing': 'hit' })).toBeNull()
  })

  test('takes no more than 32 stages of one response', () => {
    expect(read(Array.from({ length: 100 }, (_, i) => `s${i};dur=1`).join(','))).toHaveLength(32)
  })
})
