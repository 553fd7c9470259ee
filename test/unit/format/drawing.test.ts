import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import { expect, test, vi } from 'vitest'
import { bar, sparkline } from '../../../src/format/bar.ts'
import { PLAIN_STYLE, streamStyle } from '../../../src/format/style.ts'
import { renderTable } from '../../../src/format/table.ts'

test('a bar is as long as its share, to an eighth of a cell', () => {
  expect([bar(24, 24, 24), bar(12, 24, 24), bar(1, 16, 2), bar(0.001, 24, 24), bar(0, 24, 24), bar(30, 24, 2)]).toEqual(
    ['█'.repeat(24), '█'.repeat(12), '▏', '▏', '', '██'],
  )
})

test('a sparkline goes from lowest to highest and leaves gaps', () => {
  expect([sparkline([1, null, 8, 4.5]), sparkline([3, 3]), sparkline([])]).toEqual(['▁ █▅', '▄▄', ''])
})

test('a table aligns columns by cells and not by characters', () => {
  expect(
    renderTable(
      [
        { title: 'name', align: 'left' },
        { title: 'n', align: 'right' },
      ],
      [
        ['模型', '1'],
        ['a', '1,000'],
      ],
    ),
  ).toEqual(['name      n', '模型      1', 'a     1,000'])
})

test('colour depends on the stream and on NO_COLOR', () => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'CI']) vi.stubEnv(name, undefined)
  vi.stubEnv('TERM', 'xterm-256color')
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true,
    getColorDepth: () => WriteStream.prototype.getColorDepth(),
  })
  expect(streamStyle(new PassThrough()).red('x')).toBe('x')
  expect(streamStyle(terminal).red('x')).toBe('\u001b[31mx\u001b[39m')
  vi.stubEnv('NO_COLOR', '1')
  expect(streamStyle(terminal).red('x')).toBe('x')
  expect(PLAIN_STYLE.bold('x')).toBe('x')
  vi.unstubAllEnvs()
})
