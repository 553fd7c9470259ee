import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { parseArgs } from 'node:util'
import { LoadError } from '../domain/load-error.ts'
import { reasonOf, writeFileAtomic } from '../store/atomic-file.ts'
import type { Command } from './command.ts'
import { withPerfPlugin } from './init-config.ts'
import { CONFIG, IGNORED, installSteps, OWN_CONFIG, SPEC, workflow } from './init-files.ts'
import { configFile, perfInConfig } from './project-options.ts'

const HELP = `usage: vitest-perf init [--dry-run] [--json]

Puts what a first load needs into the project in this directory, and asks nothing:

  the config              perf() among its plugins; a config of its own where yours cannot be edited safely
  perf/service.perf.ts    a first spec, against PERF_URL
  package.json            the script "perf"
  .gitignore              what lies below .perf/, without the baselines, which are committed
  .github/workflows/perf.yml   a CI job that keeps the history in a cache

What exists is never overwritten: it is said and left as it is.

  --dry-run  only say what would be done
  --json     print data instead of text

exit codes: 0 well, 2 used wrongly`

/** One thing that was done, or left. */
interface Step {
  readonly path: string
  readonly action: 'created' | 'changed' | 'kept'
  readonly why: string
}

/** A step with what it writes; `text` is `null` where nothing is written. */
type Plan = Step & { readonly text: string | null }

/** `vitest-perf init`: see its help. */
export const init: Command = {
  name: 'init',
  usage: 'init',
  summary: 'put config, a first spec and a CI job into this project',
  help: HELP,
  run: async (args, { cwd, say, screen }) => {
    const { values } = parseArgs({
      args: [...args],
      options: { 'dry-run': { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    })
    const dryRun = values['dry-run']
    const manifest = readManifest(cwd)
    const config = await configPlan(cwd, manifest)
    const own = config.path.startsWith(OWN_NAME)
    const script = `vitest run${own ? ` --config ${config.path}` : ''} --project ${config.project}`
    const plans = [config, specPlan(cwd), scriptPlan(manifest, script), ignorePlan(cwd), workflowPlan(cwd)]
    if (!dryRun) {
      for (const { path, text } of plans) {
        if (text === null) continue
        await writeFileAtomic(join(cwd, path), text)
      }
    }
    const next = `PERF_URL=http://127.0.0.1:3000/ npx ${script}`
    const leaveOut = own ? null : `vitest run --project '!${config.project}'`
    if (values.json) {
      const steps = plans.map(({ path, action, why }): Step => ({ path, action, why }))
      say(JSON.stringify({ dryRun, steps, next, withoutLoads: leaveOut }, null, 2))
      return 0
    }
    const { dim, green } = screen.style
    const width = Math.max(...plans.map(({ path }) => path.length))
    for (const { path, action, why } of plans) {
      const paint = action === 'kept' ? dim : green
      say(`${paint(action.padEnd(7))}  ${path.padEnd(width)}  ${why}`)
    }
    if (dryRun) say('\n--dry-run: nothing was written')
    say(`\nnext, with your service's address: ${next}`)
    if (leaveOut !== null) say(`\`vitest run\` without --project runs loads too; ${leaveOut} leaves them out`)
    return 0
  },
}

const OWN_NAME = 'vitest.perf.config'

interface Manifest {
  readonly text: string
  readonly type?: string
  readonly scripts?: Readonly<Record<string, string>>
}

function readManifest(cwd: string): Manifest {
  const path = join(cwd, 'package.json')
  if (!existsSync(path))
    throw new LoadError('wrong-context', `there is no package.json in ${cwd}`, {
      hint: "run the command in your project's directory, after `npm install -D vitest vitest-perf`",
    })
  const text = readFileSync(path, 'utf8')
  try {
    const { type, scripts } = JSON.parse(text) as Omit<Manifest, 'text'>
    return { text, ...(type !== undefined && { type }), ...(scripts !== undefined && { scripts }) }
  } catch (cause) {
    throw new LoadError('wrong-context', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

async function configPlan(cwd: string, { type }: Manifest): Promise<Plan & { readonly project: string }> {
  // A .ts config of a CommonJS package is loaded as CommonJS, which Vitest's own modules are not.
  const ending = type === 'module' ? 'ts' : 'mts'
  const path = configFile(cwd)
  if (path === null)
    return { path: `vitest.config.${ending}`, action: 'created', why: 'has perf()', text: CONFIG, project: 'perf' }
  const text = readFileSync(join(cwd, path), 'utf8')
  const there = await perfInConfig(cwd, join(cwd, path)).catch(reasonOf)
  const isLoaded = typeof there === 'object'
  if (isLoaded ? there.project !== null : text.includes('vitest-perf/config')) {
    const project = isLoaded && there.project !== null ? there.project : 'perf'
    return { path, action: 'kept', why: 'has a perf project', text: null, project }
  }
  const edited = isLoaded && !there.isNamed ? withPerfPlugin(text) : null
  if (edited !== null && (await loads(cwd, path, edited)))
    return { path, action: 'changed', why: 'perf() among the plugins', text: edited, project: 'perf' }
  const own = `${OWN_NAME}.${ending}`
  const byHand = `to have it in ${path}: import { perf } from 'vitest-perf/config', and perf() in its plugins`
  if (existsSync(join(cwd, own)))
    return { path: own, action: 'kept', why: `exists; ${byHand}`, text: null, project: 'perf' }
  const reason =
    typeof there === 'string' ? `${path} could not be loaded` : `${path} is not of a form that can be edited safely`
  return { path: own, action: 'created', why: `${reason}; ${byHand}`, text: OWN_CONFIG, project: 'perf' }
}

/** Whether a config with this text, beside the one at `path`, loads and has a perf project. */
async function loads(cwd: string, path: string, text: string): Promise<boolean> {
  const { name, ext } = parse(path)
  const trial = join(cwd, `${name}.perf-init-${process.pid}${ext}`)
  try {
    writeFileSync(trial, text, { flag: 'wx' })
    return (await perfInConfig(cwd, trial)).project !== null
  } catch {
    return false
  } finally {
    rmSync(trial, { force: true })
  }
}

function specPlan(cwd: string): Plan {
  const path = 'perf/service.perf.ts'
  if (existsSync(join(cwd, path))) return { path, action: 'kept', why: 'exists', text: null }
  return { path, action: 'created', why: 'a first spec', text: SPEC }
}

function scriptPlan({ text, scripts }: Manifest, script: string): Plan {
  const path = 'package.json'
  if (scripts?.['perf'] === script) return { path, action: 'kept', why: 'has the script "perf"', text: null }
  if (scripts?.['perf'] !== undefined)
    return { path, action: 'kept', why: `has a script "perf"; ours would be: ${script}`, text: null }
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  '
  const manifest = JSON.parse(text) as object
  const edited = JSON.stringify({ ...manifest, scripts: { ...scripts, perf: script } }, null, indent)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  return {
    path,
    action: 'changed',
    why: 'script "perf"',
    text: `${edited}\n`.replaceAll('\n', eol),
  }
}

function ignorePlan(cwd: string): Plan {
  const path = '.gitignore'
  const there = existsSync(join(cwd, path)) ? readFileSync(join(cwd, path), 'utf8') : null
  if (there !== null && /^\s*[!/]*(?:\*\*\/)?\.perf\b/m.test(there))
    return { path, action: 'kept', why: 'names .perf already; baselines below it should be committed', text: null }
  const lines = `${IGNORED.join('\n')}\n`
  if (there === null) return { path, action: 'created', why: IGNORED.join(' '), text: lines }
  const gap = there === '' || there.endsWith('\n') ? '' : '\n'
  return { path, action: 'changed', why: IGNORED.join(' '), text: `${there}${gap}${lines}` }
}

function workflowPlan(cwd: string): Plan {
  const path = '.github/workflows/perf.yml'
  const kept = (why: string): Plan => ({ path, action: 'kept', why, text: null })
  if (existsSync(join(cwd, path))) return kept('exists')
  const files = new Set(readdirSync(cwd))
  const root = files.has('.git') ? cwd : repositoryOf(cwd)
  if (root !== null && root !== cwd) return kept(`not written: GitHub reads jobs of ${root} only`)
  if (files.has('.gitlab-ci.yml') && !files.has('.github'))
    return kept('not written: this project is built by GitLab; docs/ci.md has a job for it')
  return { path, action: 'created', why: 'a CI job with cached history', text: workflow(installSteps(files)) }
}

/** The directory above that is a git repository. */
function repositoryOf(cwd: string): string | null {
  const parent = dirname(cwd)
  if (parent === cwd) return null
  return existsSync(join(parent, '.git')) ? parent : repositoryOf(parent)
}
