import type { Milliseconds } from '../core/clock.ts'
import type { EnvironmentMark } from './process-tree.ts'

/** What the keeper is told. */
export type KeeperCommand =
  | {
      readonly type: 'start'
      /** Program and arguments; never a shell line. */
      readonly argv: readonly [string, ...string[]]
      /** Added to the environment that the keeper has from tune. */
      readonly environment: Readonly<Record<string, string>>
      /** CPU numbers to pin the command to; empty for none. */
      readonly cpus: readonly number[]
      /** By which processes that leave the session are found. */
      readonly mark: EnvironmentMark
    }
  /** End everything; told again with a shorter time, that one counts. */
  | { readonly type: 'end'; readonly graceMs: Milliseconds }

/** What the keeper tells. */
export type KeeperMessage =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string }
  /** The first process of the command has ended, with the end of what the command printed. */
  | { readonly type: 'exited'; readonly reason: string; readonly output: string }
