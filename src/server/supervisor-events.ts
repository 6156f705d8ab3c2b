import type { WearReason } from '../resilience/recycle-policy.ts'
import type { WorkerCommand, WorkerReport } from './messages.ts'

/** Why a worker was replaced: worn, asked for by new options, killed because it hung, or ended unasked. */
export type ReplacementReason = WearReason | 'reload' | 'hung' | 'crash'

/** One worker process among all that there ever are. */
export interface WorkerIdentity {
  /** Never used again. */
  readonly id: number
  /** From 0 to the number of workers - 1; a successor has that of its predecessor, which may still drain. */
  readonly slot: number
  readonly pid: number
}

/** What the supervisor, or a server without workers, tells its process. */
export interface SupervisorEvents {
  /** The set of workers that serve has changed, to this one. The first time, all of them serve. */
  readonly onServing: (workerPids: readonly number[]) => void
  /** The server cannot run; nothing is served. */
  readonly onFailed: (message: string, hint: string | undefined) => void
  /** Something is wrong that does not end the server. */
  readonly onWarning: (text: string) => void
  /** The worker of a slot gave way to its successor, or has ended and will get one. */
  readonly onReplaced: (slot: number, reason: ReplacementReason) => void
  /** What a worker says besides the messages of its life, perhaps after its end; `reply` goes to that worker. */
  readonly onReport: (workerId: number, report: WorkerReport, reply: (command: WorkerCommand) => void) => void
  /** The last that is heard of a worker, however it ended. */
  readonly onEnded: (worker: WorkerIdentity) => void
}
