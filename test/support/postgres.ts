import { spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from 'pg'

import { freePort } from './free-port.ts'
import { startService } from './started-service.ts'

/** Where Debian puts the programs of the server, the newest version last. */
const BINARIES = globSync('/usr/lib/postgresql/*/bin/postgres')
  .map((path) => path.replace(/\/postgres$/, ''))
  .sort((left, right) => Number(/\d+/.exec(left)) - Number(/\d+/.exec(right)))
  .at(-1)

const REQUIRED = process.env['TUNE_REQUIRE_SERVICES'] === '1'

/**
 * The `skip` of suites that need PostgreSQL: false where it is installed, otherwise the reason. Under TUNE_REQUIRE_SERVICES=1
 * nothing is skipped, and so they fail.
 */
export const SKIP_WITHOUT_POSTGRES: string | false =
  BINARIES === undefined && !REQUIRED && 'PostgreSQL is not installed (apt-get install postgresql)'

const PASSWORD = 's3cret'
const USER = 'tune'
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000

/** A PostgreSQL server of a test's own. */
export interface Postgres {
  readonly url: string
  /** A connection for looks from outside, to `url` unless another is given; the test ends it. */
  readonly connect: (url?: string) => Promise<Client>
  /** Ends all its connections and then itself; the data stay. */
  readonly stop: () => Promise<void>
  /** Starts it again on the same port with the same data. */
  readonly start: () => Promise<void>
  /** Stops it and removes the data. */
  readonly remove: () => Promise<void>
}

/** Makes a server with an empty database on a free port of 127.0.0.1. */
export async function makePostgres(maxConnections = 60): Promise<Postgres> {
  if (BINARIES === undefined) throw new Error('PostgreSQL is not installed, and TUNE_REQUIRE_SERVICES=1 asks for it')
  const folder = mkdtempSync(join(tmpdir(), 'tune-postgres-'))
  const account = accountFor(folder)
  const data = join(folder, 'data')
  const url = `postgres://${USER}:${PASSWORD}@127.0.0.1:${await freePort()}/postgres`
  const remove = async (): Promise<void> => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
  let server: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (server !== undefined) await stopServer(server)
    server = undefined
  }
  const start = async (): Promise<void> => {
    const sizes = [`max_connections=${maxConnections}`, 'shared_buffers=16MB', 'fsync=off', 'autovacuum=off']
    const where = ['listen_addresses=127.0.0.1', `port=${new URL(url).port}`, `unix_socket_directories=${folder}`]
    const settings = [...sizes, ...where].flatMap((setting) => ['-c', setting])
    server = await startService({
      name: 'PostgreSQL',
      command: [...account.command, join(BINARIES, 'postgres'), '-D', data, ...settings],
      prints: 'stderr',
      readyText: 'ready to accept connections',
      timeoutMs: START_TIMEOUT_MS,
    })
  }
  const connect = async (connectionString = url): Promise<Client> => {
    const client = new Client({ connectionString })
    // A restart ends it; whoever uses it then is told by the query.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  try {
    initialize([...account.command, join(BINARIES, 'initdb'), '-D', data], folder)
    await start()
    return { url, connect, stop, start, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** PostgreSQL refuses to run as root; whoever ends this process must not leave it behind. */
function accountFor(folder: string): { readonly command: readonly string[] } {
  if (process.getuid?.() !== 0) return { command: [] }
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'postgres']).stdout))
  if (uid === 0) throw new Error('there is no user "postgres" to run PostgreSQL as')
  chownSync(folder, uid, gid)
  return { command: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig', 'INT'] }
}

function initialize([program = '', ...args]: readonly string[], folder: string): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, PASSWORD)
  const access = ['--username', USER, '--auth', 'scram-sha-256', '--pwfile', passwordFile]
  const flags = [...access, '--no-sync', '--no-locale', '--encoding', 'UTF8']
  const { status, stderr } = spawnSync(program, [...args, ...flags], {
    cwd: folder,
    encoding: 'utf8',
    timeout: START_TIMEOUT_MS,
  })
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`)
}

/** SIGINT is its fast shutdown: connections are ended, and what was committed is kept. */
async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const killer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS)
  server.kill('SIGINT')
  await once(server, 'exit')
  clearTimeout(killer)
}
