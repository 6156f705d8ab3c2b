import type { WorkerStats } from '../../../src/server/messages.ts'
import type { ServerOptions } from '../../../src/server/options.ts'
import type { ResidentParts } from './resident-parts.ts'

/** What the soak asks of its server. `end` has it drain and then end by itself, as soon as nothing keeps it alive. */
export type SoakQuestion =
  | { readonly type: 'start'; readonly options: ServerOptions }
  | { readonly type: 'read' }
  | { readonly type: 'end' }

/** What the server says: where it listens, or how it is. */
export type SoakAnswer = { readonly url: string } | { readonly reading: SoakReading }

/** The server after a collection. */
export interface SoakReading {
  readonly heapBytes: number
  readonly externalBytes: number
  readonly rssBytes: number
  /** The same by where it came from; null where the system does not tell. */
  readonly resident: ResidentParts | null
  /**
   * What the event loop waits for, by kind; and, where the system tells them, the threads of the process and its open files other
   * than connections to upstreams, which are as many as were ever needed at once.
   */
  readonly resources: Readonly<Record<string, number>>
  /** Listeners of the process, its output and the HTTP server. */
  readonly listeners: number
  /** The most that any client connection has had at once since the reading before. */
  readonly socketListeners: number
  /** What Node has warned of: too many listeners of one kind, for example. */
  readonly warnings: readonly string[]
  readonly stats: WorkerStats
}
