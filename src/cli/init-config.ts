/**
 * Puts `perf()` into a Vitest config by two insertions, everything else byte for byte as it was. Only forms that are
 * understood are touched; whoever calls this loads the result before it takes the place of the old one.
 */

/** Forms of a config whose object literal is written in the file. */
const OPENINGS: readonly RegExp[] = [
  /\bdefineConfig\s*\(\s*\{/g,
  /\bdefineConfig\s*\(\s*(?:async\s*)?\([^()]*\)\s*=>\s*\(\s*\{/g,
  /\bexport\s+default\s*\{/g,
]

/**
 * @returns the text with the import and `perf()` among the plugins; `null` where it is not plain how
 */
export function withPerfPlugin(source: string): string | null {
  const code = codeOnly(source)
  if (code === null || /\bperf\b/.test(code) || /\b(?:require\s*\(|module\.exports\b)/.test(code)) return null
  const opened = OPENINGS.flatMap((form) => [...code.matchAll(form)].map((match) => match.index + match[0].length))
  if (opened.length !== 1) return null
  const plugin = pluginPlace(code, opened[0]!)
  const statement = /^(?:import|export)\b/m.exec(code)?.index
  if (plugin === null || statement === undefined) return null
  const eol = source.includes('\r\n') ? '\r\n' : '\n'
  const [end, quote] = [/;[ \t]*\r?$/m.test(code) ? ';' : '', /from\s+"/.test(source) ? '"' : "'"]
  return [
    source.slice(0, statement),
    `import { perf } from ${quote}vitest-perf/config${quote}${end}${eol}`,
    source.slice(statement, plugin.at),
    plugin.among ? 'perf(), ' : `${eol}  plugins: [perf()],`,
    source.slice(plugin.at),
  ].join('')
}

/** Where in the object that opens before `start` the plugin goes: into its list of plugins, or as a list of its own. */
function pluginPlace(code: string, start: number): { readonly at: number; readonly among: boolean } | null {
  let depth = 1
  for (let i = start; i < code.length && depth > 0; i++) {
    if ('{[('.includes(code[i]!)) depth++
    else if ('}])'.includes(code[i]!)) depth--
    else if (depth === 1 && /[\s{,]/.test(code[i - 1]!) && /^plugins\b/.test(code.slice(i, i + 8))) {
      const list = /^plugins\s*:\s*\[/.exec(code.slice(i))
      return list === null ? null : { at: i + list[0].length, among: true }
    }
  }
  return depth === 0 ? { at: start, among: false } : null
}

/**
 * The source with blanks in place of comments, texts and patterns, at the same positions.
 * @returns `null` for templates with code in them, which are not followed
 */
function codeOnly(source: string): string | null {
  const skipped =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[(,=:[!&|?{}]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g
  let known = true
  const code = source.replace(skipped, (text) => {
    if (text.startsWith('`') && text.includes('${')) known = false
    return text.replace(/[^\n]/g, ' ')
  })
  return known ? code : null
}
