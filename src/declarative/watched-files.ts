import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { filesNamed } from './relative-files.ts'
import { SuiteDocument } from './suite-document.ts'
import { variableValue } from './variables.ts'

/**
 * The files that a suite is made of beside its own: what it names as data, bodies, audio, certificates, scenario modules.
 * `voices/{{name}}.wav` stands for the files of that directory that are called so; a template in a directory, or one that
 * is the whole name, could be any file, and stands for none.
 * @param file absolute path of the suite
 */
export async function watchedFiles(
  file: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const data = new SuiteDocument(file, text).data((written) => filled(written, env))
  return (await Promise.all(filesNamed(file, data).map(filesCalled))).flat()
}

/** What is not set is for the suite to refuse when it runs. */
function filled(written: string, env: Readonly<Record<string, string | undefined>>): string {
  try {
    return variableValue(written, env)
  } catch {
    return written
  }
}

async function filesCalled(path: string): Promise<readonly string[]> {
  if (!path.includes('{{')) return [path]
  const [directory, name] = [dirname(path), basename(path)]
  const literals = name.split(/\{\{[^{}]*\}\}/)
  if (directory.includes('{{') || literals.join('') === '') return []
  const called = new RegExp(`^${literals.map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`)
  const names = await readdir(directory).catch(() => [])
  return names.filter((one) => called.test(one)).map((one) => join(directory, one))
}
