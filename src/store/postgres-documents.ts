import type Driver from 'pg'
import type { Client, ClientConfig } from 'pg'
import { LoadError } from '../domain/load-error.ts'
import { reasonOf } from './atomic-file.ts'
import { type DocumentChange, type DocumentStore, versionOf } from './document-store.ts'

const CONNECT_MS = 5000
const QUERY_MS = 20_000
/** Any number: nobody else's lock has it. */
const LOCK = 7_365_402_112

const TABLE = `
create table if not exists vitest_perf_documents (
  project text not null,
  key text not null,
  version text not null,
  content text not null,
  written_at timestamptz not null default now(),
  primary key (project, key)
)`

/** Documents in a table of a PostgreSQL database, which is made when it is missing. */
export class PostgresDocuments implements DocumentStore {
  readonly place: string
  readonly #url: string
  readonly #project: string
  #client: Promise<Client> | null = null

  /** @param project one database may hold several */
  constructor(url: string, project: string) {
    this.#url = url
    this.#project = project
    this.place = placeOf(url)
  }

  async keys(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#query<{ key: string; version: string }>(
      'select key, version from vitest_perf_documents where project = $1',
      [this.#project],
    )
    return new Map(rows.map(({ key, version }) => [key, version]))
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#query<{ key: string; content: string }>(
      'select key, content from vitest_perf_documents where project = $1 and key = any($2)',
      [this.#project, keys],
    )
    return new Map(rows.map(({ key, content }) => [key, content]))
  }

  async write(changes: readonly DocumentChange[]): Promise<boolean> {
    const client = await this.#connected()
    try {
      await client.query('begin')
      for (const change of changes) {
        if ((await this.#change(client, change)) === 1) continue
        await client.query('rollback')
        return false
      }
      await client.query('commit')
      return true
    } catch (cause) {
      throw await this.#broken(cause)
    }
  }

  notes(): readonly string[] {
    return []
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.then((open) => open.end()).catch(() => undefined)
  }

  async #change(client: Client, { key, text, seen }: DocumentChange): Promise<number | null> {
    const result =
      text === null
        ? await client.query('delete from vitest_perf_documents where project = $1 and key = $2 and version = $3', [
            this.#project,
            key,
            seen,
          ])
        : seen === null
          ? await client.query(
              'insert into vitest_perf_documents (project, key, version, content) values ($1, $2, $3, $4) on conflict do nothing',
              [this.#project, key, versionOf(text), text],
            )
          : await client.query(
              'update vitest_perf_documents set version = $3, content = $4, written_at = now() where project = $1 and key = $2 and version = $5',
              [this.#project, key, versionOf(text), text, seen],
            )
    return result.rowCount
  }

  async #query<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const client = await this.#connected()
    try {
      return (await client.query(text, [...values])).rows as Row[]
    } catch (cause) {
      throw await this.#broken(cause)
    }
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      // The next sync tries anew.
      this.#client = null
      throw error
    })
    return this.#client
  }

  async #connect(): Promise<Client> {
    const { Client } = await driver()
    const config: ClientConfig = {
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      application_name: 'vitest-perf',
    }
    const client = new Client(config)
    // A connection that breaks between two queries: the next query tells.
    client.on('error', () => undefined)
    try {
      await client.connect()
      // Two machines that make the table at once would fail each other.
      await client.query('begin')
      await client.query('select pg_advisory_xact_lock($1)', [LOCK])
      await client.query(TABLE)
      await client.query('commit')
      return client
    } catch (cause) {
      await client.end().catch(() => undefined)
      throw failure(cause)
    }
  }

  async #broken(cause: unknown): Promise<LoadError> {
    await this.close()
    return failure(cause)
  }
}

/** Host and database: a URL may carry a password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `PostgreSQL at ${host}${pathname}`
  } catch {
    return 'PostgreSQL'
  }
}

function failure(cause: unknown): LoadError {
  const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause
  return new LoadError('store-failed', reasonOf(inner), { cause })
}

async function driver(): Promise<Pick<typeof Driver, 'Client'>> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new LoadError('store-failed', 'the package pg is not installed (`npm i -D pg`)', { cause })
  }
}
