/** Thread entry: does what a test says. */
import { threadId } from 'node:worker_threads'

/**
 * `tell` says which thread it is; `hold` waits until its gate is opened; `spin` never ends, and counts its turns in the
 * second place of its gate; `throw` fails; `exit` takes its thread along.
 */
export type OddTask =
  | { readonly kind: 'tell' | 'throw' | 'exit' }
  | { readonly kind: 'hold' | 'spin'; readonly gate: Int32Array<SharedArrayBuffer> }

/** What a gate holds in its first place. */
export const GATE = { untouched: 0, reached: 1, open: 2 } as const

/** The number of the thread. */
export function act(task: OddTask): number {
  switch (task.kind) {
    case 'tell':
      return threadId
    case 'throw':
      throw new RangeError('thrown in a thread')
    case 'exit':
      return process.exit(3)
    case 'hold':
      Atomics.store(task.gate, 0, GATE.reached)
      Atomics.wait(task.gate, 0, GATE.reached)
      return threadId
    case 'spin':
      Atomics.store(task.gate, 0, GATE.reached)
      for (;;) Atomics.add(task.gate, 1, 1)
  }
}
