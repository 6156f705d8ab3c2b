import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'

import { IncompleteError } from '../../src/core/errors.ts'
import type { PlannedRequest } from '../../src/core/workload.ts'
import { occurred, run, serverOf, WORKLOADS } from '../support/driver-runs.ts'
import { behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, openWorkload } from '../support/plans.ts'
import { SELF_SIGNED } from '../support/self-signed.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A server that notes what it is sent, and answers as told; with 200 when nothing is said. */
async function noting(
  context: TestContext,
  answer: (seen: Seen, response: ServerResponse) => void = (_seen, response) => void response.end(),
): Promise<{ readonly origin: string; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = []
  const note = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '', headers } = request
    const one = { method, url, headers, body: await text(request) }
    seen.push(one)
    answer(one, response)
  }
  const server = createServer((request, response) => void note(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen } // listens on TCP
}

/** A server whose certificate nobody vouches for. */
async function secureOrigin(context: TestContext): Promise<string> {
  const server = createSecureServer(SELF_SIGNED, (_request, response) => response.end('ok'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

const LOGIN: PlannedRequest = {
  ...GET,
  name: 'login',
  method: 'POST',
  path: '/login',
  headers: { 'content-type': 'application/json' },
  body: '{"name":"{{users.name}}"}',
  captures: [{ name: 'token', from: 'json', selector: 'auth.token' }],
}
const ACCOUNT: PlannedRequest = { ...GET, name: 'account', path: '/{{token}}', headers: { authorization: '{{token}}' } }
/** The URL of a module whose default export has these requests. */
function moduleOf(requests: string): string {
  return `data:text/javascript,${encodeURIComponent(`export default { requests: ${requests} }`)}`
}

const USERS = { users: { rows: ['ü"1', 'b', 'c'].map((name) => ({ name })), pick: 'in-order' } } as const

for (const [kind, workload] of Object.entries(WORKLOADS)) {
  suite(`the ${kind} loop, against a server that`, () => {
    test('notes what it is sent, has got method, path, headers and body as planned', async (context) => {
      const { origin, seen } = await noting(context)
      const requests = [{ ...GET, method: 'POST', path: '/a?b=c', headers: { 'x-client': 'one' }, body: '{"ü":1}' }]
      const { counts } = await run(origin, { workload, requests })
      assert.equal(counts.good, counts.sent)
      assert.equal(seen.length, counts.sent)
      for (const { method, url, headers, body } of seen) {
        assert.deepEqual(
          [method, url, headers.host, headers['x-client'], headers['content-length'], body],
          ['POST', '/a?b=c', new URL(origin).host, 'one', '8', '{"ü":1}'],
        )
      }
    })

    test('notes what it is sent, has got each number once, every client and its address', async (context) => {
      const { origin, seen } = await noting(context)
      const headers = { 'x-forwarded-for': '{{client.ip}}', 'x-client': '{{client}}' }
      const requests = [{ ...GET, method: 'PUT', path: '/{{index}}', headers, body: '{{index}}-{{users.name}}' }]
      const { counts } = await run(origin, {
        requests,
        data: USERS,
        workload: workload.kind === 'open' ? { ...workload, clients: 3 } : workload,
      })
      assert.equal(counts.good, counts.sent)
      const numbers = seen.map(({ url }) => Number(url.slice(1))).sort((a, b) => a - b)
      assert.deepEqual(
        numbers,
        numbers.map((_, number) => number),
      )
      for (const one of seen) {
        const number = Number(one.url.slice(1))
        assert.equal(one.body, `${number}-${USERS.users.rows[number % 3]?.name}`)
        assert.equal(one.headers['x-forwarded-for'], `10.0.0.${String(one.headers['x-client'])}`)
      }
      assert.deepEqual([...new Set(seen.map((one) => String(one.headers['x-client'])))].toSorted(), ['0', '1', '2'])
    })

    test('hands out tokens, is shown its own token by each client, after the login', async (context) => {
      const tokens = new Set<string>()
      const { origin, seen } = await noting(context, ({ url, body, headers }, response) => {
        if (url === '/login') {
          const token = `${encodeURIComponent((JSON.parse(body) as { name: string }).name)}-${tokens.size}` // what LOGIN sends
          tokens.add(token)
          response.end(JSON.stringify({ auth: { token } }))
        } else response.writeHead(tokens.has(String(headers.authorization)) ? 200 : 401).end()
      })
      const requests = [{ ...ACCOUNT, weight: 3 }, LOGIN]
      const { counts, routes } = await run(origin, { workload, requests, data: USERS })
      assert.deepEqual(occurred(counts), ['good'])
      assert.equal(seen[0]?.url, '/login')
      assert.ok(routes.every((route) => route.counts.sent > 0))
      for (const { url, headers } of seen) {
        if (url !== '/login') assert.equal(decodeURIComponent(url), `/${String(headers.authorization)}`)
      }
    })

    test('refuses every login, is never sent what needs one', async (context) => {
      const { origin, seen } = await noting(context, (_seen, response) => void response.writeHead(401).end())
      const { counts, routes } = await run(origin, { workload, requests: [ACCOUNT, LOGIN], data: USERS })
      assert.deepEqual(occurred(counts), ['failed'])
      assert.deepEqual(
        routes.map(({ name }) => name),
        ['login'],
      )
      assert.ok(seen.every(({ url }) => url === '/login'))
    })

    test('answers with a wrong header, has every answer counted as mismatched', async (context) => {
      const { origin } = await noting(context, (_seen, response) => void response.end('ok'))
      const requests = [{ ...GET, expect: { headers: { 'content-type': 'json' } } }]
      assert.deepEqual(occurred((await run(origin, { workload, requests })).counts), ['mismatched'])
    })

    test('is described by a module, gets what its functions make up and is judged by their check', async (context) => {
      const { origin, seen } = await noting(context, ({ url }, response) => void response.end(url))
      const { counts, statusCodes } = await run(origin, {
        workload,
        module: moduleOf(`[{ path: ({ index }) => '/made/' + index, method: 'POST', body: ({ client }) => ({ client }),
          expect: { check: ({ body }) => Number(body.slice(6)) % 2 === 0 } }]`),
        requests: [{ ...GET, method: 'POST', path: '/(computed)', body: '(computed)' }],
      })
      assert.deepEqual(occurred(counts), ['good', 'mismatched'])
      assert.equal(counts.good, Math.ceil(counts.sent / 2))
      assert.deepEqual(statusCodes, { 200: counts.sent })
      for (const { url, body } of seen) {
        assert.match(url, /^\/made\/\d+$/)
        assert.match(body, /^\{"client":\d+\}$/)
      }
    })

    for (const [what, module] of [
      ['path', `[{ path: ({ index }) => { if (index === 2) throw new Error('no stock'); return '/' } }]`],
      ['check', `[{ expect: { check: () => { throw new Error('no stock') } } }]`],
    ] as const) {
      test(`is described by a module whose ${what} throws, is left with the reason`, async (context) => {
        const { origin } = await noting(context)
        await assert.rejects(
          run(origin, { workload, module: moduleOf(module), requests: [{ ...GET, name: 'buy' }] }),
          (error) => error instanceof IncompleteError && /^buy: .* threw: no stock$/.test(error.message),
        )
      })
    }

    test('answers after 3 ms, never has two requests at once on a connection', async (context) => {
      const unanswered = new Map<Socket, number>()
      let mostAtOnce = 0
      const server = await serverOf(
        context,
        startMisbehavingServer((exchange) => {
          const { socket } = exchange
          const count = (unanswered.get(socket) ?? 0) + 1
          unanswered.set(socket, count)
          mostAtOnce = Math.max(mostAtOnce, count)
          setTimeout(() => {
            unanswered.set(socket, (unanswered.get(socket) ?? 0) - 1)
            behaviours.answers(exchange)
          }, 3)
        }),
      )
      const { counts } = await run(server.origin, { workload })
      assert.equal(counts.good, server.requests())
      assert.equal(mostAtOnce, 1)
    })

    test('has a certificate that nobody vouches for, is refused unless it is not to be verified', async (context) => {
      const origin = await secureOrigin(context)
      const refused = await run(origin, { workload })
      assert.deepEqual(occurred(refused.counts), ['lost'])
      assert.deepEqual(refused.errors, { DEPTH_ZERO_SELF_SIGNED_CERT: refused.counts.lost })
      assert.deepEqual(occurred((await run(origin, { workload, insecure: true })).counts), ['good'])
    })

    test('serves several routes, gets each in its exact proportion', async (context) => {
      const seen = new Map<string, number>()
      const server = await serverOf(
        context,
        startMisbehavingServer(({ socket, path }) => {
          seen.set(path, (seen.get(path) ?? 0) + 1)
          behaviours.answers({ socket, number: 0, method: 'GET', path })
        }),
      )
      const requests = [
        { ...GET, name: 'often', path: '/often', weight: 3 },
        { ...GET, name: 'rarely', path: '/rarely', weight: 1 },
      ]
      const { routes, counts } = await run(server.origin, { workload, requests })
      assert.deepEqual(
        routes.map((route) => route.counts.sent),
        [seen.get('/often'), seen.get('/rarely')],
      )
      // A round is four requests, three of them the first: whole rounds are exact, and one may be cut short.
      assert.ok(Math.abs((routes[0]?.counts.sent ?? 0) - counts.sent * 0.75) <= 1)
    })
  })
}

test('a method that autocannon does not know is sent as any other', async (context) => {
  const methods = new Set<string>()
  const server = await serverOf(
    context,
    startMisbehavingServer((exchange) => {
      methods.add(exchange.method)
      behaviours.answers(exchange)
    }),
  )
  const { counts } = await run(server.origin, { requests: [{ ...GET, method: 'PURGE' }] })
  assert.deepEqual(occurred(counts), ['good'])
  assert.deepEqual([...methods], ['PURGE'])
})

test('an open loop sends what waits for a connection that cannot be made over the next one', async (context) => {
  const workload = openWorkload(2_000, { initialConnections: 1, maxConnections: 1 })
  const { counts, errors } = await run(await secureOrigin(context), { workload, drainMs: 5_000 })
  assert.equal(counts.lost, 300)
  assert.deepEqual(errors, { DEPTH_ZERO_SELF_SIGNED_CERT: 300 })
})
