import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import { LoadError } from '../domain/load-error.ts'
import { type FillVariable, hideVariables, type HiddenVariables } from './variables.ts'

/** A place in a text; both count from 1. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** A `*.perf.yaml` or `*.perf.json`: its data, and where each part of it stands. JSON is read as the YAML that it is. */
export class SuiteDocument {
  readonly #file: string
  readonly #document: Document
  readonly #lines = new LineCounter()
  readonly #hidden: HiddenVariables

  /**
   * @param file how messages name it
   * @throws LoadError `invalid-option` with file, line and column of the first error in its syntax
   */
  constructor(file: string, text: string) {
    this.#file = file
    this.#hidden = hideVariables(text)
    this.#document = parseDocument(this.#hidden.text, { lineCounter: this.#lines, merge: true, prettyErrors: false })
    const [first] = this.#document.errors
    if (first !== undefined) throw this.#error(first.pos[0], first.message)
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document) === undefined)
          throw this.#error(alias.range?.[0] ?? 0, `no anchor is called &${alias.source}`)
      },
    })
  }

  /**
   * The data, with its environment variables filled in. A value that is not quoted (in JSON: that is one variable and
   * nothing else) may become a number or true and false.
   * @throws LoadError `invalid-option` with the place of what cannot be filled in
   */
  data(fill: FillVariable): unknown {
    const document = this.#document.clone()
    // Thrown after the visit, so that no stack of the parser stands below the message.
    const failed: { readonly offset: number; readonly message: string }[] = []
    visit(document, {
      Scalar: (_, scalar) => {
        try {
          this.#fillIn(scalar, fill)
        } catch (error) {
          failed.push({ offset: scalar.range?.[0] ?? 0, message: (error as Error).message })
        }
      },
    })
    if (failed[0] !== undefined) throw this.#error(failed[0].offset, failed[0].message)
    return document.toJS() as unknown
  }

  /** Where the deepest part of the path stands that is there. */
  placeOf(path: readonly PropertyKey[]): TextPlace {
    let node: Node | null = this.#document.contents
    let offset = node?.range?.[0] ?? 0
    for (const key of path) {
      const below = this.#below(node, key)
      if (below === null) break
      node = below.node
      offset = below.offset
    }
    return this.#placeAt(offset)
  }

  /** The message with file, line and column before it. */
  located(path: readonly PropertyKey[], message: string): string {
    return this.#located(this.placeOf(path), message)
  }

  #fillIn(scalar: Scalar, fill: FillVariable): void {
    if (typeof scalar.value !== 'string') return
    const { text, whole } = this.#hidden.restore(scalar.value, fill)
    if (text === scalar.value) return
    const typed = scalar.type === 'PLAIN' || (whole && this.#file.endsWith('.json'))
    scalar.value = typed ? typedValue(text) : text
  }

  #below(node: Node | null, key: PropertyKey): { readonly node: Node | null; readonly offset: number } | null {
    const owner = isAlias(node) ? (node.resolve(this.#document) ?? null) : node
    if (isSeq<Node>(owner)) {
      const item = owner.items[Number(key)]
      return item === undefined ? null : { node: item, offset: item.range?.[0] ?? 0 }
    }
    if (!isMap<Node, Node | null>(owner)) return null
    const pair = owner.items.find((item) => this.#keyOf(item) === String(key))
    if (pair !== undefined) return { node: pair.value, offset: pair.key.range?.[0] ?? 0 }
    const merged = owner.items.filter((item) => this.#keyOf(item) === '<<').map(({ value }) => this.#below(value, key))
    return merged.find((found) => found !== null) ?? null
  }

  #keyOf({ key }: Pair<Node>): string | null {
    if (!isScalar(key)) return null
    // The value of a merge key is a symbol.
    if (key.source === '<<') return '<<'
    return this.#hidden.restore(String(key.value), (written) => written).text
  }

  #placeAt(offset: number): TextPlace {
    const { line, col } = this.#lines.linePos(offset)
    // An empty text has no lines.
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  #located({ line, column }: TextPlace, message: string): string {
    return `${this.#file}:${line}:${column}: ${message}`
  }

  #error(offset: number, message: string): LoadError {
    return new LoadError('invalid-option', this.#located(this.#placeAt(offset), message))
  }
}

/** What a plain value of YAML would be read as. */
function typedValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text
}
