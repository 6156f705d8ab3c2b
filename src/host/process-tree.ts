import type { Milliseconds } from '../core/clock.ts'
import { listSystemDirectory, readSystemFile } from './system-files.ts'

/** What is left after SIGKILL hangs in the kernel; nobody can end it. */
const KILL_PATIENCE_MS: Milliseconds = 1_000
const LOOK_EVERY_MS: Milliseconds = 50
/** A look at a machine with some hundred processes takes 10 ms, which the generator's CPU should not lose each second. */
const FULL_LOOK_EVERY_MS: Milliseconds = 5_000

interface LiveProcess {
  readonly pid: number
  readonly parentPid: number
  readonly sessionId: number
  /** Since boot. */
  readonly startTicks: number
}

/**
 * The live processes of the session that `leader` began (its process group is part of it) and everything that descends
 * from them: the leader first, the others by pid. Empty off Linux, and when all have ended.
 *
 * @param leader a process that was started with a session of its own (`detached`)
 */
export function processTree(leader: number, root = '/'): readonly number[] {
  return treeWithin(listLive(root), leader)
}

/**
 * Tells the same as `processTree` again and again, at the cost of the tree, not of all processes of the machine: between full
 * looks, some seconds apart, it goes from parents to children.
 */
export function watchProcessTree(leader: number): () => readonly number[] {
  let known: readonly number[] = []
  let nextFullLookMs = -Infinity
  return () => {
    if (performance.now() < nextFullLookMs) {
      known = inOrder(liveWithChildren(known), leader)
    } else {
      nextFullLookMs = performance.now() + FULL_LOOK_EVERY_MS
      known = processTree(leader)
    }
    return known
  }
}

/**
 * Ends the session of `leader` and everything that descends from it: SIGTERM, and SIGKILL for what is left at the end of the
 * grace time. Processes that made themselves independent are found by `mark`, an environment entry they inherited.
 *
 * @param options.mark `NAME=value`, in the environment of the leader and of nothing else
 * @param options.killAtMs when the grace time ends, by performance.now(); asked again and again, so it may be shortened
 */
export async function endProcessTree(
  leader: number,
  options: { readonly mark: string; readonly killAtMs: () => Milliseconds },
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

function leftOver(leader: number, mark: string): readonly number[] {
  const live = listLive('/')
  const ownStart = live.find(({ pid }) => pid === process.pid)?.startTicks ?? 0
  const marked = live.filter(
    ({ pid, startTicks }) =>
      pid !== process.pid &&
      startTicks >= ownStart &&
      readSystemFile('/', `/proc/${pid}/environ`)?.split('\0').includes(mark) === true,
  )
  return [...new Set([...treeWithin(live, leader), ...marked.map(({ pid }) => pid)])]
}

function treeWithin(live: readonly LiveProcess[], leader: number): readonly number[] {
  const members = new Set(
    live.filter(({ pid, sessionId }) => pid === leader || sessionId === leader).map(({ pid }) => pid),
  )
  let size = -1
  while (size !== members.size) {
    size = members.size
    for (const { pid, parentPid } of live) if (members.has(parentPid)) members.add(pid)
  }
  return inOrder([...members], leader)
}

/** Only what was orphaned since the last full look is overlooked, and new children where the kernel does not list them. */
function liveWithChildren(known: readonly number[]): readonly number[] {
  const members = new Set(known)
  for (const pid of members) {
    for (const thread of listSystemDirectory('/', `/proc/${pid}/task`)) {
      const children = readSystemFile('/', `/proc/${pid}/task/${thread}/children`) ?? ''
      for (const child of children.split(' ').filter(Boolean)) members.add(Number(child))
    }
  }
  return [...members].filter((pid) => readLive('/', String(pid)) !== undefined)
}

function inOrder(pids: readonly number[], leader: number): readonly number[] {
  return pids.toSorted((a, b) => Number(b === leader) - Number(a === leader) || a - b)
}

function listLive(root: string): readonly LiveProcess[] {
  return listSystemDirectory(root, '/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readLive(root, name) ?? [])
}

/** Undefined when it is gone, or a zombie, which has ended, only nobody has asked how. See proc_pid_stat(5). */
function readLive(root: string, pid: string): LiveProcess | undefined {
  const text = readSystemFile(root, `/proc/${pid}/stat`) ?? ''
  // The name may contain spaces and brackets, so the fields are counted from the last bracket: [0] is field 3.
  const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (state === '' || state === 'Z' || state === 'X') return undefined
  const [parentPid = 0, , sessionId = 0] = fields.map(Number)
  return { pid: Number(pid), parentPid, sessionId, startTicks: Number(fields[18]) }
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
