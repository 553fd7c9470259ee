import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { type JournalHead, planOnDisk } from '../../../src/store/journal-entry.ts'
import { processIdentity } from '../../../src/store/process-identity.ts'

/** The head of a journal that no start will ever look at. */
export function journalHead(plan: LoadPlan): JournalHead {
  return {
    schema: 'perf/journal@1',
    runId: 'bench',
    loadId: plan.id,
    specId: { file: 'bench', path: ['memory'], label: '' },
    startedAt: new Date().toISOString(),
    fingerprint: { hard: {}, soft: {}, hardHash: '' },
    workloadHash: '',
    workload: {},
    plan: planOnDisk(plan),
    subject: {},
    source: { commit: null, branch: null, dirty: null, mergeBase: null },
    toolVersion: '',
    shard: { index: 1, count: 1 },
    project: 'bench',
    resumes: [],
    writer: processIdentity(process.pid),
  }
}
