import { voiceCloneSuite } from 'vitest-perf/suites'
import { durationOf, scaleOf, urlOf } from './environment.ts'
import { fixture } from './fixture.ts'

// Report: three runs of 10.1, 9.2 and 8.3 s, read as a speed-up; stages were guessed, and no log told of the cache.
// It could not know: whether three values that get better are a warm-up (they are, INCONCLUSIVE as an improvement), what
// each stage took, whether the cache was hit or lived through a switch. Its history 24 -> 17 -> 12 -> 8.3 s is imported:
// `npx vitest-perf import suites/voice-clone-history.csv`. CLONE_URL names a service of yours.
const { env } = process
const duration = durationOf(env, 'PERF_STEP')
voiceCloneSuite({
  url: urlOf(env, 'CLONE_URL') ?? fixture('voice-clone'),
  scale: scaleOf(env),
  ...(duration === undefined ? {} : { duration }),
})
