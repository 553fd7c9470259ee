/** Whether runs of a branch may become a baseline. @param acceptOn the branches that may; `null` for every one */
export function mayAccept(acceptOn: readonly string[] | null, branch: string | null): boolean {
  return acceptOn === null || (branch !== null && acceptOn.includes(branch))
}

/** Why they may not. */
export function refusalText(acceptOn: readonly string[], branch: string | null): string {
  const of = branch === null ? 'a commit without a branch' : `branch ${branch}`
  return `this is ${of}, and baselines are accepted on ${acceptOn.join(', ')} alone (acceptOn of the perf project)`
}
