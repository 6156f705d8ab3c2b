import type { PlannedRequest } from '../../../src/core/workload.ts'

/** A client that reads what it gets, compressed in any way that it is offered. */
const HEADERS = { 'accept-encoding': 'gzip, br, zstd' }
const TASKS = '/api/v1/eventstreammonitor/tasks'
const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json' }

/**
 * A bit of everything that the server does, and of what clients do to it: cached answers, ever new ones, compressed ones, searches,
 * upstream calls, tasks, paths that do not exist, broken bodies, and clients that give up.
 *
 * @param round distinguishes its paths and texts from those of other rounds
 */
export function soakRequests(round: number): readonly PlannedRequest[] {
  return [
    get('cached', '/api/v1/endpoint?item=1', 600, 200),
    get('new', `/api/v1/endpoint?item=${round}-{{index}}`, 200, 200),
    get('health', '/api/v1/health', 400, 200),
    get('bytes', '/work?bytes=4000', 400, 200),
    get('unknown', `/unknown/${round}/{{index}}`, 60, 404),
    post('search', '/search', '{"query":"vaccine {{index}} harbour"}', 40, 200),
    post('ads', '/ads', ads(round), 240, 200),
    post('broken', '/search', '{"query":', 40, 400),
    get('tasks', `${TASKS}?page=2`, 80, 200),
    post('new task', TASKS, '{"service":"soak","payload":{"text":"do {{index}}"}}', 20, 202),
    get(GIVEN_UP, '/work?wait=20000', 1, 200),
  ]
}

/** Takes longer than the generator waits, and is therefore rare. */
export const GIVEN_UP = 'given up'

function get(name: string, path: string, weight: number, status: number): PlannedRequest {
  return { name, method: 'GET', path, headers: HEADERS, weight, expect: { status: [status] } }
}

function post(name: string, path: string, body: string, weight: number, status: number): PlannedRequest {
  return { name, method: 'POST', path, headers: JSON_HEADERS, body, weight, expect: { status: [status] } }
}

function ads(round: number): string {
  const content = `what is there to do in Paris this weekend, ${round}-{{index}}?`
  return JSON.stringify({ thread_name: 'soak', conversation: [{ role: 'user', content }] })
}
