/** Environment variable through which `vitest-perf resume` tells Vitest the id of the run whose loads go on. */
export const RESUME_VARIABLE = 'VITEST_PERF_RESUME'
