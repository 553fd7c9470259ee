import { rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { bundleFolder, bundleGenerator, bundleScenario, ForkedGenerator } from './generator-fork.ts'

/** Generators and servers of one test file; everything ends after each test. */
export interface GeneratorBench {
  /** The generator's bundle, and where others may be put. */
  readonly paths: { folder: string; entry: string }
  readonly newGenerator: () => ForkedGenerator
  readonly serve: (listener: RequestListener) => Promise<string>
  readonly bundle: (name: string, source: string) => Promise<string>
}

export function generatorBench(): GeneratorBench {
  const paths = { folder: '', entry: '' }
  const generators: ForkedGenerator[] = []
  const servers: Server[] = []
  beforeAll(async () => {
    paths.folder = bundleFolder()
    paths.entry = await bundleGenerator(paths.folder)
  })
  afterEach(() => {
    for (const generator of generators.splice(0)) generator.kill()
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })
  afterAll(() => rmSync(paths.folder, { recursive: true, force: true }))
  return {
    paths,
    newGenerator: () => {
      const generator = new ForkedGenerator(paths.entry)
      generators.push(generator)
      return generator
    },
    serve: async (listener) => {
      const server = createServer(listener)
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      return `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`
    },
    bundle: (name, source) => bundleScenario(paths.folder, name, source),
  }
}

/** Answers `ok` after some milliseconds. */
export const slow =
  (ms: number): RequestListener =>
  (_request, response) =>
    void setTimeout(() => response.end('ok'), ms)

/** Streams some words with a pause between, then says how many tokens they were. */
export function model(words: number, gapMs: number, usage: number): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let sent = 0
    const timer = setInterval(() => {
      if (sent++ < words)
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: `w${sent} ` } }] })}\n\n`)
      else {
        clearInterval(timer)
        response.end(
          `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: usage } })}\n\ndata: [DONE]\n\n`,
        )
      }
    }, gapMs)
  }
}
