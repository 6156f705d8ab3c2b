/**
 * Process entry: holds the command that is measured. It starts the command in a session of its own, keeps the end of what it
 * prints, and ends all of its processes when it is told to or when tune is gone, in whatever way that happened.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

import type { Milliseconds } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { KeeperCommand, KeeperMessage } from './keeper-messages.ts'
import { OutputTail } from './output-tail.ts'
import { pinSelf } from './pinned-process.ts'
import { endProcessTree, type EnvironmentMark } from './process-tree.ts'

type StartCommand = Extract<KeeperCommand, { readonly type: 'start' }>

const KEPT_OUTPUT_BYTES = 65_536
/** Time to end when nobody waits for a clean end: tune is gone, or the command has ended and left processes behind. */
const ABANDONED_GRACE_MS: Milliseconds = 1_000
/** The last words may still be in the pipe; a process that was left behind may hold it open for ever. */
const LAST_WORDS_MS: Milliseconds = 200

const output = new OutputTail(KEPT_OUTPUT_BYTES)
const exitTold = Promise.withResolvers<void>()
let leader: { readonly pid: number; readonly mark: EnvironmentMark } | undefined
let killAtMs = Infinity
let ending: Promise<void> | undefined

function tell(message: KeeperMessage, onSent: () => void = () => undefined): void {
  if (process.connected && process.send !== undefined) process.send(message, onSent)
  else onSent()
}

async function start(message: StartCommand): Promise<void> {
  const unpin = message.cpus.length > 0 ? await pinSelf(message.cpus) : undefined
  try {
    const child = spawnCommand(message)
    await once(child, 'spawn')
    tell({ type: 'started', pid: child.pid ?? 0 })
  } catch (error) {
    const { code } = error as { readonly code?: string } // node puts a code on errors of spawn
    tell({ type: 'failed', code, message: messageOf(error) }, () => process.exit(1))
  } finally {
    await unpin?.()
  }
}

/** The child inherits the CPUs that this process has at the moment: no wrapper that could hide why a start fails. */
function spawnCommand({ argv, environment, mark }: StartCommand): ChildProcess {
  const [file, ...args] = argv
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, [mark.name]: mark.value },
  })
  child.stdout.on('data', (chunk: Buffer) => output.add(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.add(chunk))
  // From here on there is something to end, whatever happens next.
  if (child.pid !== undefined) leader = { pid: child.pid, mark }
  child.once('exit', (code, killedBy) => void onExit(child, killedBy ?? `exit code ${code}`))
  return child
}

async function onExit(child: ChildProcess, reason: string): Promise<void> {
  await Promise.race([once(child, 'close'), pause(LAST_WORDS_MS)])
  tell({ type: 'exited', reason, output: output.text() }, exitTold.resolve)
  // A stop that is under way has its own grace time, also when the first process is gone at once.
  if (ending === undefined) end(ABANDONED_GRACE_MS)
}

function end(graceMs: Milliseconds): void {
  killAtMs = Math.min(killAtMs, performance.now() + graceMs)
  if (leader === undefined) process.exit()
  const { pid, mark } = leader
  ending ??= endProcessTree(pid, { mark, killAtMs: () => killAtMs })
    .then(() => Promise.race([exitTold.promise, pause(2 * LAST_WORDS_MS)]))
    .then(() => process.exit())
}

function pause(ms: Milliseconds): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function onMessage(message: KeeperCommand): void {
  switch (message.type) {
    case 'start':
      return void start(message)
    case 'end':
      return end(message.graceMs)
  }
}

process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => end(ABANDONED_GRACE_MS))
// Only tune can send here, and it sends nothing else.
process.on('message', (message) => onMessage(message as KeeperCommand))
// The parent may be gone before this line runs; then no event comes any more.
if (process.connected) process.once('disconnect', () => end(ABANDONED_GRACE_MS))
else end(ABANDONED_GRACE_MS)
