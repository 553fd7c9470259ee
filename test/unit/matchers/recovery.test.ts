import { describe, expect, test } from 'vitest'
import { MATCHERS } from '../../../src/matchers/register.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { failing, faultAt, fine, servedCourse, type ServedCourse, times } from '../../support/served-course.ts'

/** An outage of three seconds from 10 s on, 2.6 s after a fault at 10.4 s. */
const OUTAGE = [...times(10, fine()), failing(50, 20), ...times(2, failing()), ...times(15, fine())]
const run = (course: ServedCourse): Measurement => new Measurement(servedCourse(course))

describe('toRecoverWithin', () => {
  const recovered = run({ seconds: OUTAGE, events: [faultAt(10.4)] })

  test('holds over the interval, is denied under it', () => {
    expect(recovered).toRecoverWithin('3s')
    expect(recovered).not.toRecoverWithin('1s')
    expect(() => expect(recovered).toRecoverWithin('1s')).toThrow(
      'expected recovery from SIGKILL within 1 s\n  measured: 2.6 s after SIGKILL [1.6 s, 2.6 s]',
    )
    expect(() => expect(recovered).not.toRecoverWithin('3s')).toThrow(/expected recovery from SIGKILL not within 3 s/)
  })

  test('cannot be judged where whole seconds cannot tell, negated or not', () => {
    const told =
      /cannot judge: .*recovered between 1\.6 s and 2\.6 s after SIGKILL, and whole seconds cannot tell on which side of 2 s\n {2}claim a limit of 3 s or more/
    expect(() => expect(recovered).toRecoverWithin('2s')).toThrow(told)
    expect(() => expect(recovered).not.toRecoverWithin('2s')).toThrow(/cannot judge/)
  })

  test('cannot be judged when the load ends too early to see two windows', () => {
    const short = run({ seconds: OUTAGE.slice(0, 20), events: [faultAt(10.4)] })
    expect(() => expect(short).toRecoverWithin('5s')).toThrow(
      /cannot judge: .*two windows of 5 s that meet the SLO were not seen after SIGKILL/,
    )
    expect(() => expect(short).not.toRecoverWithin('5s')).toThrow(/cannot judge/)
    expect(short).not.toRecoverWithin('1s')
  })

  test('fails when it never recovered, and says when it was last seen broken', () => {
    const down = run({
      seconds: [...times(10, fine()), ...times(30, failing())],
      events: [faultAt(10.4)],
      startUs: 1.5e6,
    })
    expect(() => expect(down).toRecoverWithin('5s')).toThrow(
      /measured: not recovered in the 24\.6 s after SIGKILL that can be judged; last seen broken 37\.5 s into the window/,
    )
  })

  test('says when nothing broke and when it broke again', () => {
    const { pass, message } = judged(run({ seconds: times(30, fine()), events: [faultAt(10.4)] }))
    expect({ pass, text: message() }).toMatchObject({
      pass: true,
      text: expect.stringContaining('the SLO held through SIGKILL'),
    })
    expect(judged(run({ seconds: [...OUTAGE, ...times(5, failing())], events: [faultAt(10.4)] })).message()).toContain(
      'broken again 28 s into the window',
    )
  })

  test("judges by the load's SLO, and by the share that the claim names", () => {
    const late = times(3, { attempted: 50, good: 50, completed: 50, withinSlo: 45 })
    const seconds = [...times(10, { ...fine(), withinSlo: 50 }), ...late, ...times(15, { ...fine(), withinSlo: 50 })]
    const slow = run({ seconds, events: [faultAt(10)], plan: { slo: { latencyUs: 5e5, ttftUs: null, tpotUs: null } } })
    expect(slow).not.toRecoverWithin('1s')
    expect(slow).toRecoverWithin('1s', { slo: { goodFraction: '90%' } })
    expect(slow).toRecoverWithin('3s', { slo: { latency: '500ms' } })
    expect(() => expect(slow).toRecoverWithin('3s', { slo: { latency: '1s' } })).toThrow(
      /declared with latency below 500 ms/,
    )
    expect(() => expect(recovered).toRecoverWithin('3s', { slo: { latency: '1s' } })).toThrow(/declared without an SLO/)
  })

  test('counts from the event that it is told, else from the last fault, never from a mark', () => {
    const events = [
      faultAt(0, { kind: 'mark', name: 'deploy' }),
      faultAt(4, { name: 'SIGSTOP' }),
      faultAt(10.4),
      faultAt(14, { kind: 'mark', name: 'restarted' }),
    ]
    const several = run({ seconds: OUTAGE, events })
    expect(several).toRecoverWithin('3s')
    expect(several).not.toRecoverWithin('1s')
    expect(several).toRecoverWithin('1s', { after: 'restarted' })
    expect(several).toRecoverWithin('500ms', { after: 'deploy' })
    expect(() => expect(several).toRecoverWithin('1s', { after: 'reboot' })).toThrow(
      "toRecoverWithin({ after }): got 'reboot', takes the name of an event of this load; it has 'deploy', 'SIGSTOP', 'SIGKILL', 'restarted'",
    )
  })

  test('without a fault judges every break, and cannot judge a load without one', () => {
    expect(run({ seconds: OUTAGE })).toRecoverWithin('4s')
    const twice = run({ seconds: [...OUTAGE, ...times(9, failing()), ...times(15, fine())] })
    expect(() => expect(twice).toRecoverWithin('4s')).toThrow(
      /9 s after breaking the SLO \[7 s, 9 s\], the slowest of 2/,
    )
    for (const claim of [
      () => expect(run({ seconds: times(30, fine()) })).toRecoverWithin('4s'),
      () => expect(run({ seconds: times(30, fine()) })).not.toRecoverWithin('4s'),
    ]) {
      expect(claim).toThrow(/cannot judge: .*nothing to recover from/)
    }
  })

  test('cannot judge a fault outside the window', () => {
    const early = run({ seconds: OUTAGE, events: [faultAt(1)], startUs: 2e6 })
    expect(() => expect(early).toRecoverWithin('5s')).toThrow(
      /cannot judge: .*SIGKILL came outside the measured window/,
    )
  })

  test('is weak where a handful of requests decide', () => {
    const sparse = run({ seconds: times(30, fine(1)), events: [faultAt(10.4)] })
    expect(judged(sparse).message()).toContain('n = 5 in a window of 5 s is too small')
  })

  test('takes a whole load and a time', () => {
    expect(() => expect(recovered.step(0)).toRecoverWithin('5s')).toThrow(/got of step 1 .*, takes a whole load/)
    expect(() => expect(recovered).toRecoverWithin('0s')).toThrow(/takes a duration above 0/)
    expect(() => expect(recovered).toRecoverWithin('5s', { slo: { goodFraction: 0 } })).toThrow(/takes a share above 0/)
  })
})

function judged(measurement: Measurement): { readonly pass: boolean; readonly message: () => string } {
  return MATCHERS['toRecoverWithin']!.call({ isNot: false }, measurement, '5s')
}
