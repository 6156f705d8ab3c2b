import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { readAffinity } from '../../src/host/cpu.ts'
import { CommandStartError, keepCommand, type KeptCommand } from '../../src/host/kept-command.ts'
import { canPin } from '../../src/host/placement.ts'
import { eventually, isAlive } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const BOUNDED = { timeout: 30_000 }
const ON_LINUX = { ...BOUNDED, skip: process.platform !== 'linux' && 'processes are listed on Linux only' }
const SCRIPT = fileURLToPath(new URL('../support/target-command.ts', import.meta.url))

function keep(
  behaviours: readonly string[],
  options: Partial<Parameters<typeof keepCommand>[0]> = {},
): Promise<KeptCommand> {
  return keepCommand({
    argv: [process.execPath, SCRIPT, ...behaviours],
    environment: { PORT: '0' },
    cpus: [],
    ...options,
  })
}

test('a command that ends tells how, and what it printed on both streams', BOUNDED, async () => {
  const kept = await keep(['crash'])
  const { reason, output } = await kept.exited
  assert.equal(reason, 'exit code 7')
  assert.match(output, /reading the configuration/)
  assert.match(output, /no such database/)
  await kept.stop(1_000)
})

test('of what a command prints the last 64 KiB are kept', BOUNDED, async () => {
  const line = '0123456789abcde\n'
  const kept = await keepCommand({
    argv: [process.execPath, '-e', `process.stdout.write(${JSON.stringify(line)}.repeat(500_000) + 'the end')`],
    environment: {},
    cpus: [],
  })
  const { output } = await kept.exited
  assert.equal(output.length, 65_536)
  assert.ok(output.endsWith(`${line}the end`))
})

test('a program that does not exist is told by the code of the system', BOUNDED, async () => {
  await assert.rejects(
    keepCommand({ argv: ['/no/such/program'], environment: {}, cpus: [] }),
    (error) => error instanceof CommandStartError && error.code === 'ENOENT',
  )
})

test('a command runs on the CPUs it was given, and in its environment', { ...BOUNDED, skip: !canPin() }, async () => {
  const cpu = readAffinity('/').at(-1) ?? 0
  const kept = await keepCommand({
    argv: ['sh', '-c', 'grep Cpus_allowed_list /proc/self/status; echo "$GREETING"'],
    environment: { GREETING: 'good day' },
    cpus: [cpu],
  })
  const { output } = await kept.exited
  assert.match(output, new RegExp(`Cpus_allowed_list:\\s+${cpu}\n`))
  assert.match(output, /good day/)
})

test(
  'all processes of a command are listed, the first one first, and none is left after a stop',
  ON_LINUX,
  async () => {
    const kept = await keep(['family'])
    await eventually('server, child and grandchild run', () => kept.pids().length === 3)
    const pids = kept.pids()
    assert.match(readFileSync(`/proc/${pids[0]}/cmdline`, 'utf8'), /target-command\.ts\0family/)
    await kept.stop(300)
    assert.deepEqual(pids.filter(isAlive), [])
    assert.deepEqual(kept.pids(), [])
  },
)

test('a command that ends by itself takes the processes that it left behind with it', ON_LINUX, async () => {
  const kept = await keepCommand({
    argv: ['sh', '-c', 'setsid sleep 300 & sleep 301 & wait $!'],
    environment: {},
    cpus: [],
  })
  await eventually('shell and both sleeps run', () => kept.pids().length === 3)
  const pids = kept.pids()
  process.kill(pids[0] ?? 0, 'SIGKILL')
  assert.equal((await kept.exited).reason, 'SIGKILL')
  await eventually('nothing is left', () => !pids.some(isAlive), 3_000)
})

test('a stop that is told again with a shorter time is shortened', ON_LINUX, async () => {
  const file = join(temporaryFolder('kept'), 'ready')
  const kept = await keep(['stubborn'], { environment: { PORT: '0', READY_FILE: file } })
  await eventually('it ignores SIGTERM', () => existsSync(file))
  const patient = kept.stop(60_000)
  await kept.stop(100)
  await patient
  assert.equal((await kept.exited).reason, 'SIGKILL')
})

test('a stop gives the others their whole grace time when the first process ends at once', ON_LINUX, async () => {
  const folder = temporaryFolder('kept')
  const [ready, farewell] = [join(folder, 'ready'), join(folder, 'farewell')]
  const sayFarewell = `setTimeout(() => { fs.writeFileSync(process.env.FAREWELL, ''); process.exit() }, 1_500)`
  const app = `process.on('SIGTERM', () => ${sayFarewell}); setInterval(() => {}, 1_000); fs.writeFileSync(process.env.READY, '')`
  const kept = await keepCommand({
    argv: ['sh', '-c', '"$0" -e "$1" & wait', process.execPath, app],
    environment: { READY: ready, FAREWELL: farewell },
    cpus: [],
  })
  await eventually('the child of the shell runs', () => existsSync(ready))
  await kept.stop(20_000)
  assert.equal((await kept.exited).reason, 'SIGTERM')
  assert.ok(existsSync(farewell), 'it was killed before it could write its farewell')
})

test('when the keeper is killed, the command is ended all the same', ON_LINUX, async () => {
  let keeperPid = 0
  const kept = await keep(['family'], { onParent: (pid) => (keeperPid = pid) })
  await eventually('server, child and grandchild run', () => kept.pids().length === 3)
  const pids = kept.pids()
  process.kill(keeperPid, 'SIGKILL')
  assert.match((await kept.exited).reason, /killed/)
  await eventually('nothing is left', () => !pids.some(isAlive), 3_000)
  await kept.stop(100)
})

test(
  'when the process that started it is killed, a command that ignores SIGTERM ends within 3 s',
  ON_LINUX,
  async () => {
    const holder = fork(fileURLToPath(new URL('./command-holder.ts', import.meta.url)), [SCRIPT, 'family', 'stubborn'])
    const [pids] = (await once(holder, 'message')) as [number[]]
    assert.equal(pids.length, 3)
    holder.kill('SIGKILL')
    await eventually('nothing is left', () => !pids.some(isAlive), 3_000)
  },
)
