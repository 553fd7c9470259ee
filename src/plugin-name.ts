/** Names of our plugins: both carry the resolved options in `api`, where the command line finds them. */
export const PROJECT_PLUGIN = 'vitest-perf:project'
export const POOL_PLUGIN = 'vitest-perf:pool'
