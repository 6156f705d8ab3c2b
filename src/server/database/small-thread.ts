import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { WorkerOptions } from 'node:worker_threads'

import { STEADY_HEAP_FLAGS } from '../../host/process-entry.ts'

/** One megabyte per semi-space, as V8's own minimum; threads with a few short-lived objects need no more. */
const SMALL_HEAP_FLAGS: readonly string[] = ['--min-semi-space-size=1', '--max-semi-space-size=1']
const HAS_STEADY_HEAP = STEADY_HEAP_FLAGS.every((flag) => process.execArgv.includes(flag))

let starting = 0

/**
 * Starts a thread with a small young generation: most of what it would be resident with otherwise.
 *
 * The flags that give our processes a large one apply to threads too and overrule `resourceLimits`, so they are changed while
 * the thread starts. The heap of this thread has its size from its own start and does not look at them again.
 *
 * @throws what `new Worker` throws
 */
export function startSmallThread(entry: URL, options: WorkerOptions): Worker {
  if (!HAS_STEADY_HEAP) return new Worker(entry, options)
  if (starting === 0) setFlags(SMALL_HEAP_FLAGS)
  starting++
  let isStarting = true
  const onStarted = (): void => {
    if (!isStarting) return
    isStarting = false
    starting--
    if (starting === 0) setFlags(STEADY_HEAP_FLAGS)
  }
  try {
    const thread = new Worker(entry, options)
    thread.once('online', onStarted)
    thread.once('exit', onStarted)
    return thread
  } catch (error) {
    onStarted()
    throw error
  }
}

function setFlags(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag)
}
