import { spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createClient } from 'redis'

import { freePort } from './free-port.ts'
import { startService } from './started-service.ts'

const IS_INSTALLED = spawnSync('redis-server', ['--version']).status === 0
const REQUIRED = process.env['TUNE_REQUIRE_SERVICES'] === '1'

/**
 * The `skip` of suites that need Redis: false where it is installed, otherwise the reason. Under TUNE_REQUIRE_SERVICES=1
 * nothing is skipped, and so they fail.
 */
export const SKIP_WITHOUT_REDIS: string | false =
  !IS_INSTALLED && !REQUIRED && 'Redis is not installed (apt-get install redis-server)'

const START_TIMEOUT_MS = 10_000

/** A Redis server of a test's own. */
export interface Redis {
  /** Without a database; add `/3` for the fourth. */
  readonly url: string
  /** One command from outside, in the database given. */
  readonly ask: (command: readonly string[], database?: number) => Promise<unknown>
  /** Kills it; what it held is gone. */
  readonly stop: () => Promise<void>
  /** Starts it again on the same port. */
  readonly start: () => Promise<void>
  /** From here on it takes connections and answers nobody, until `thaw`. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly remove: () => Promise<void>
}

/** Starts a server on a free port of 127.0.0.1. */
export async function makeRedis(): Promise<Redis> {
  if (!IS_INSTALLED) throw new Error('Redis is not installed, and TUNE_REQUIRE_SERVICES=1 asks for it')
  const directory = mkdtempSync(join(tmpdir(), 'tune-redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    server = await startServer(port, directory)
  }
  const stop = async (): Promise<void> => {
    if (server === undefined) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
    server = undefined
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    ask: (command, database = 0) => ask(port, command, database),
    stop,
    start,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    remove: async () => {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function ask(port: number, command: readonly string[], database: number): Promise<unknown> {
  const client = createClient({ socket: { host: '127.0.0.1', port }, database })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.sendCommand([...command])
  } finally {
    client.destroy()
  }
}

/** Whoever ends this process must not leave it behind. */
function startServer(port: number, directory: string): Promise<ChildProcess> {
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no']
  return startService({
    name: 'Redis',
    command: ['setpriv', '--pdeathsig', 'KILL', 'redis-server', ...flags],
    prints: 'stdout',
    readyText: 'Ready to accept connections',
    timeoutMs: START_TIMEOUT_MS,
  })
}
