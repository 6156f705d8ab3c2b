import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/tune.js', import.meta.url))

/** More than any run of a test takes on a busy machine. */
export const DEFAULT_TIME_LIMIT_MS = 60_000

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
  /** Rejects when it had to be killed because it did not end within its time limit. */
  readonly finished: Promise<Finished>
}

/** How the real command is run. */
export interface TuneOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Put before the command. */
  readonly nodeArgs?: readonly string[]
  readonly timeLimitMs?: number
}

/** Starts the real command from dist; it is killed after its time limit, and when this process ends. */
export function startTune(args: readonly string[], options: TuneOptions = {}): Running {
  const { timeLimitMs = DEFAULT_TIME_LIMIT_MS } = options
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
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  let isOverdue = false
  const killer = setTimeout(() => {
    isOverdue = true
    kill()
  }, timeLimitMs)
  const finished = once(child, 'close').then(([code]) => {
    clearTimeout(killer)
    process.off('exit', kill)
    if (isOverdue) throw new Error(`tune ${args.join(' ')} did not end within ${timeLimitMs} ms; it said: ${stderr}`)
    return { code: code as number | null, stdout, stderr, tookMs: performance.now() - startedMs }
  })
  finished.catch(() => undefined) // a test that failed before waits for it no more
  return { child, pid: child.pid ?? 0, stderr: () => stderr, finished }
}

/** Runs the real command to its end. */
export function runTune(args: readonly string[], options: TuneOptions = {}): Promise<Finished> {
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
