import { randomUUID } from 'node:crypto'

import { PoolClosedError, PoolExhaustedError } from '../../resilience/pooled-connection.ts'
import { clientGone, jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { DatabaseUnavailableError } from '../database/database-connection.ts'
import type { TaskStore } from '../database/task-store.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'
import { parseNewTasks, parseTaskQuery } from './task-input.ts'

/** What the routes need besides the store. */
export interface TaskRouteParts {
  /** What cached lists are good for; undefined when that is not known. */
  readonly cacheNamespace: () => string | undefined
  /** Told after each request that reached the store. */
  readonly onUsed: () => void
  /** Told of tasks that were added, and the version after that. */
  readonly onAdded: (version: number) => void
}

const PATH = '/api/v1/eventstreammonitor/tasks'

/**
 * `GET` lists tasks or finds one; `POST` adds one or many, and answers 202 when they are on disk.
 *
 * @see scenarios/ab.yaml for the load that the source documents send here
 */
export function taskRoutes(store: TaskStore, parts: TaskRouteParts): readonly Route[] {
  const guarded = (handle: (context: RequestContext) => Promise<Answer>) => (context: RequestContext) =>
    handle(context).catch((error: unknown) => answerFor(error, context))
  return [
    {
      method: 'GET',
      path: PATH,
      isCacheable: true,
      cacheNamespace: parts.cacheNamespace,
      handle: guarded((context) => read(context, store, parts)),
    },
    { method: 'POST', path: PATH, handle: guarded((context) => add(context, store, parts)) },
  ]
}

async function read(context: RequestContext, store: TaskStore, { onUsed }: TaskRouteParts): Promise<Answer> {
  const query = parseTaskQuery(context.query)
  if (typeof query === 'string') return refusal(400, 'bad_request', { detail: query })
  if (query.kind === 'one') {
    const task = await store.find(query.id, context.signal)
    onUsed()
    return task === undefined ? refusal(404, 'not_found', { detail: 'no such task' }) : jsonAnswer(200, task)
  }
  const { page, limit } = query.filter
  const { tasks, total } = await store.list(query.filter, context.signal)
  onUsed()
  return jsonAnswer(200, { tasks, page, limit, total, pages: Math.ceil(total / limit) })
}

async function add(context: RequestContext, store: TaskStore, { onAdded }: TaskRouteParts): Promise<Answer> {
  const tasks = parseNewTasks(context.body, randomUUID)
  if (typeof tasks === 'string') return refusal(400, 'bad_request', { detail: tasks })
  const { added, version } = await store.add(tasks, context.signal)
  onAdded(version)
  return jsonAnswer(202, { accepted: added, duplicates: tasks.length - added, ids: tasks.map(({ id }) => id) })
}

/** @throws what is a mistake of ours */
function answerFor(error: unknown, context: RequestContext): Answer {
  if (context.signal.aborted) return clientGone()
  if (error instanceof PoolExhaustedError) {
    return refusal(503, 'pool_timeout', { detail: error.message, retryAfterS: 1 })
  }
  if (error instanceof DatabaseUnavailableError || error instanceof PoolClosedError) {
    return refusal(503, 'database_unavailable', { detail: 'the database does not answer', retryAfterS: 1 })
  }
  throw error
}
