import type { Clock, Milliseconds } from '../core/clock.ts'
import { type ProcessSnapshot, readProcess, snapshotProcesses, withDescendants } from './processes.ts'
import { systemClock } from './system-clock.ts'
import { listSystemDirectory, readSystemFile } from './system-files.ts'

/** What is left after SIGKILL hangs in the kernel; nobody can end it. */
const KILL_PATIENCE_MS: Milliseconds = 1_000
const LOOK_EVERY_MS: Milliseconds = 50
/** A look at a machine with some hundred processes takes 10 ms, which the generator's CPU should not lose each second. */
const FULL_LOOK_EVERY_MS: Milliseconds = 5_000
/** Children are listed by thread, of which a process of Node has a dozen. */
const CHILD_LOOK_EVERY_MS: Milliseconds = 1_000

/** An environment entry that the leader and what descends from it have, and nothing else. */
export interface EnvironmentMark {
  readonly name: string
  readonly value: string
}

/**
 * The live processes of the session that `leader` began (its process group is part of it) and everything that descends
 * from them: the leader first, the others by pid. Empty off Linux, and when all have ended.
 *
 * @param leader a process that was started with a session of its own (`detached`)
 */
export function processTree(leader: number, root = '/'): readonly number[] {
  return treeWithin(liveProcesses(root), leader)
}

/**
 * Tells the same as `processTree` again and again, at the cost of the tree, not of all processes of the machine: between full
 * looks, some seconds apart, it goes from parents to children once a second. What has ended is left out at once.
 */
export function watchProcessTree(
  leader: number,
  { clock = systemClock, root = '/' }: { readonly clock?: Pick<Clock, 'now'>; readonly root?: string } = {},
): () => readonly number[] {
  let known: readonly number[] = []
  let [nextFullLookMs, nextChildLookMs] = [-Infinity, -Infinity]
  return () => {
    const nowMs = clock.now()
    const isFullLook = nowMs >= nextFullLookMs
    if (isFullLook) {
      known = processTree(leader, root)
      nextFullLookMs = nowMs + FULL_LOOK_EVERY_MS
    } else {
      const members = nowMs >= nextChildLookMs ? withChildren(known, root) : known
      known = inOrder(
        members.filter((pid) => readProcess(pid, root)?.isZombie === false),
        leader,
      )
    }
    if (nowMs >= nextChildLookMs) nextChildLookMs = nowMs + CHILD_LOOK_EVERY_MS
    return known
  }
}

/**
 * Ends the session of `leader` and everything that descends from it: SIGTERM, and SIGKILL for what is left at the end of the
 * grace time. Processes that made themselves independent are found by `mark`, an environment entry they inherited.
 *
 * @param options.killAtMs when the grace time ends, by performance.now(); asked again and again, so it may be shortened
 */
export async function endProcessTree(
  leader: number,
  options: { readonly mark: EnvironmentMark; readonly killAtMs: () => Milliseconds },
): Promise<void> {
  const left = (): readonly number[] => leftOver(leader, options.mark)
  signal(leader, left(), 'SIGTERM')
  while (hasAny(leader, left()) && performance.now() < options.killAtMs()) await pause()
  const giveUpAtMs = performance.now() + KILL_PATIENCE_MS
  while (hasAny(leader, left()) && performance.now() < giveUpAtMs) {
    // Again each time: a process may have been forked while the others were killed.
    signal(leader, left(), 'SIGKILL')
    await pause()
  }
}

function leftOver(leader: number, { name, value }: EnvironmentMark): readonly number[] {
  const live = liveProcesses('/')
  const ownStart = live.get(process.pid)?.startTicks ?? 0
  const marked = [...live].filter(
    ([pid, { startTicks }]) =>
      pid !== process.pid &&
      startTicks >= ownStart &&
      readSystemFile('/', `/proc/${pid}/environ`)?.split('\0').includes(`${name}=${value}`) === true,
  )
  return [...new Set([...treeWithin(live, leader), ...marked.map(([pid]) => pid)])]
}

function treeWithin(live: ProcessSnapshot, leader: number): readonly number[] {
  const session = [...live].filter(([pid, { sessionId }]) => pid === leader || sessionId === leader)
  const members = withDescendants(
    live,
    session.map(([pid]) => pid),
  )
  return inOrder([...members], leader)
}

/** Only what was orphaned since the last full look is overlooked, and new children where the kernel does not list them. */
function withChildren(known: readonly number[], root: string): readonly number[] {
  const members = new Set(known)
  for (const pid of members) {
    for (const thread of listSystemDirectory(root, `/proc/${pid}/task`)) {
      const children = readSystemFile(root, `/proc/${pid}/task/${thread}/children`) ?? ''
      for (const child of children.split(' ').filter(Boolean)) members.add(Number(child))
    }
  }
  return [...members]
}

function inOrder(pids: readonly number[], leader: number): readonly number[] {
  return pids.toSorted((a, b) => Number(b === leader) - Number(a === leader) || a - b)
}

function liveProcesses(root: string): ProcessSnapshot {
  return new Map([...snapshotProcesses(root)].filter(([, { isZombie }]) => !isZombie))
}

/** Where processes cannot be listed, the process group tells whether it has members. */
function hasAny(leader: number, left: readonly number[]): boolean {
  return process.platform === 'linux' ? left.length > 0 : send(-leader, 0)
}

function signal(leader: number, left: readonly number[], name: NodeJS.Signals): void {
  if (process.platform !== 'linux') send(-leader, name)
  for (const pid of left) send(pid, name)
}

/** Whether there was anyone to receive it: a process may end at any moment. */
function send(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LOOK_EVERY_MS)
  })
}
