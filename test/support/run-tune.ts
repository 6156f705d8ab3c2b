import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/tune.js', import.meta.url))

/** What a finished tune left behind. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly tookMs: number
}

/** A running tune. */
export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  /** Everything written to stderr so far. */
  readonly stderr: () => string
  readonly finished: Promise<Finished>
}

/** Starts the real command from dist; `node` arguments may be put before it. */
export function startTune(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; nodeArgs?: readonly string[] } = {},
): Running {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), BIN, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const finished = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
    tookMs: performance.now() - startedMs,
  }))
  return { child, pid: child.pid ?? 0, stderr: () => stderr, finished }
}

/** Runs the real command to its end. */
export function runTune(args: readonly string[], options: Parameters<typeof startTune>[1] = {}): Promise<Finished> {
  return startTune(args, options).finished
}

/** Waits until `isTrue`, looking every 20 ms; throws after `timeoutMs`. */
export async function eventually(what: string, isTrue: () => boolean, timeoutMs = 10_000): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await sleep(20)
  }
}

/** All descendants of a process, found in /proc. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      continue // ended while we looked
    }
  }
  const found: number[] = []
  let frontier = [pid]
  while (frontier.length > 0) {
    frontier = [...parents].filter(([, parent]) => frontier.includes(parent)).map(([child]) => child)
    found.push(...frontier)
  }
  return found
}

/** Whether a process is there and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}
