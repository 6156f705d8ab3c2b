import { TASK_STATES } from '../database/task.ts'
import type { NewTask, TaskFilter, TaskStatus } from '../database/task.ts'

/** One task by its id, or a page of them. */
export type TaskQuery =
  | { readonly kind: 'one'; readonly id: string }
  | { readonly kind: 'page'; readonly filter: TaskFilter }

const MAX_BATCH = 1_000
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100
/** Databases count through all that comes before a page. */
const MAX_PAGE = 10_000
const MAX_PAYLOAD_LENGTH = 65_536
const MAX_PAYLOAD_DEPTH = 100

const ID = /^[\w.:-]{1,64}$/
const SERVICE = /^[\w.-]{1,64}$/
const ID_FORM = '1 to 64 letters, digits or . _ : -'
const SERVICE_FORM = '1 to 64 letters, digits or . _ -'

/** What `?status=&service=&page=&limit=` or `?id=` asks for, or a sentence that names every problem. */
export function parseTaskQuery(query: string): TaskQuery | string {
  const given = new Map<string, string>()
  const problems: string[] = []
  for (const [name, value] of new URLSearchParams(query)) {
    if (!Object.hasOwn(CHECKS, name)) problems.push(`${name} is not known (${Object.keys(CHECKS).join(', ')} are)`)
    else if (given.has(name)) problems.push(`${name} is given twice`)
    given.set(name, value)
  }
  for (const [name, { isAllowed, form }] of Object.entries(CHECKS)) {
    const value = given.get(name)
    // As for settings, empty is the same as not given.
    if (value === '') given.delete(name)
    else if (value !== undefined && !isAllowed(value)) problems.push(`${name} must be ${form}, got "${value}"`)
  }
  const id = given.get('id')
  if (id !== undefined && given.size > 1) problems.push('id must stand alone')
  if (problems.length > 0) return problems.join('; ')
  if (id !== undefined) return { kind: 'one', id }
  const [status, service] = [given.get('status'), given.get('service')]
  const filter: TaskFilter = {
    page: Number(given.get('page') ?? 1),
    limit: Number(given.get('limit') ?? DEFAULT_LIMIT),
    ...(status !== undefined && { status: status as TaskStatus }), // checked above
    ...(service !== undefined && { service }),
  }
  return { kind: 'page', filter }
}

/**
 * The tasks of a body, one object or a list of up to 1 000; or a sentence that names the first that is wrong, and its field.
 *
 * @param newId an id for a task that brings none
 */
export function parseNewTasks(body: Buffer, newId: () => string): readonly NewTask[] | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString())
  } catch {
    return 'the body must be JSON'
  }
  const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  if (items.length === 0 || items.length > MAX_BATCH) {
    return `the body must be one task or a list of 1 to ${MAX_BATCH}, got ${items.length}`
  }
  const tasks: NewTask[] = []
  for (const [index, item] of items.entries()) {
    const task = parseTask(item, newId)
    if (typeof task === 'string') return Array.isArray(parsed) ? `tasks[${index}]: ${task}` : task
    tasks.push(task)
  }
  return tasks
}

function parseTask(item: unknown, newId: () => string): NewTask | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return 'a task must be an object'
  const { id, service, payload, ...others } = item as Readonly<Record<string, unknown>> // checked on the line above
  const [stranger] = Object.keys(others)
  if (stranger !== undefined) return `${stranger} is not known (id, service, payload are)`
  if (id !== undefined && !(typeof id === 'string' && ID.test(id))) return `id must be ${ID_FORM}`
  if (!(typeof service === 'string' && SERVICE.test(service))) return `service must be ${SERVICE_FORM}`
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  if (isDeeperThan(MAX_PAYLOAD_DEPTH, payload))
    return `payload must not be nested deeper than ${MAX_PAYLOAD_DEPTH} levels`
  const text = isObject ? JSON.stringify(payload) : ''
  if (text === '' || text.length > MAX_PAYLOAD_LENGTH) {
    return `payload must be an object of at most ${MAX_PAYLOAD_LENGTH} characters as JSON`
  }
  return { id: id ?? newId(), service, payload: text }
}

/** JSON.parse reads any depth, and JSON.stringify cannot write it. */
function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}

interface Check {
  readonly isAllowed: (value: string) => boolean
  readonly form: string
}

const CHECKS: Readonly<Record<string, Check>> = {
  id: { isAllowed: (value) => ID.test(value), form: ID_FORM },
  status: { isAllowed: (value) => TASK_STATES.some((state) => state === value), form: TASK_STATES.join(', ') },
  service: { isAllowed: (value) => SERVICE.test(value), form: SERVICE_FORM },
  page: wholeNumberUpTo(MAX_PAGE),
  limit: wholeNumberUpTo(MAX_LIMIT),
}

function wholeNumberUpTo(max: number): Check {
  const isAllowed = (value: string): boolean => /^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= max
  return { isAllowed, form: `a whole number from 1 to ${max}` }
}
