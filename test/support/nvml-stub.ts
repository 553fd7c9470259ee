import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Whether the stub can be compiled here; says so where it cannot. */
export const HAS_COMPILER: boolean = compilerIsThere()

/** A compiled stub of NVML; its rules are those of `nvml-stub.c`. */
export class NvmlStub {
  readonly path: string
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'perf-nvml-'))

  constructor(...flags: readonly string[]) {
    this.path = join(this.#folder, 'libnvidia-ml.so.1')
    const source = resolve('test/support/nvml-stub.c')
    execFileSync('gcc', ['-shared', '-fPIC', '-Wall', '-Werror', ...flags, '-o', this.path, source, '-ldl'])
  }

  /** From now on these hold, and no others. */
  rule(...rules: readonly string[]): void {
    writeFileSync(`${this.path}.txt`, rules.map((rule) => `${rule}\n`).join(''))
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function compilerIsThere(): boolean {
  const there = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0
  if (!there) console.log('skipped: no C compiler for a stub of the NVIDIA driver')
  return there
}
