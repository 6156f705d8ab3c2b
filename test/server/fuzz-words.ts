import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

const TASKS = '/api/v1/eventstreammonitor/tasks'

/** What a request is made of. Most clients stay within what HTTP allows, and are strange all the same. */
export interface Words {
  readonly methods: readonly string[]
  readonly paths: readonly string[]
  /** Lines of a head, without those that tell how long the body is. */
  readonly headers: readonly string[]
}

/** Within what HTTP allows. */
export const TAME: Words = {
  methods: 'GET GET GET POST POST POST POST HEAD PUT DELETE OPTIONS'.split(' '),
  paths: [
    ['/health', '/ready', '/stats', '/api/v1/health', '/metrics', '/api/v1/endpoint', '/search', '/ads', '/search'],
    ['/ads', '/work', '/v1/completions', TASKS, TASKS, '/', '//health', '/health/..//x', '/HEALTH', '/%68ealth'],
    ['/%', '/%zz', '/%00', '/%2e%2e/%2e%2e/etc/passwd', '/__proto__', '/constructor', 'http://127.0.0.1/health'],
  ].flat(),
  headers: [
    ['User-Agent: fuzz', 'Accept: */*', 'Accept: application/openmetrics-text', 'Accept-Encoding: gzip'],
    ['Accept-Encoding: br;q=0, *;q=0.1, identity;q=0', 'Accept-Encoding: zstd, br', 'Accept-Encoding: gzip;q=x;;,,'],
    [`Accept-Encoding: ${'gzip,'.repeat(500)}`, 'Connection: close', 'Connection: keep-alive', 'Expect: 100-continue'],
    [
      'X-Request-ID: a-1',
      'X-Request-ID: a"b\\c',
      `X-Request-ID: ${'i'.repeat(300)}`,
      'X-Forwarded-For: 1.2.3.4, unknown',
    ],
    ['X-Forwarded-For: [::1]:1,,,', 'Forwarded: for="[2001:db8::1]"', 'X-Forwarded-Host: evil', 'Idempotency-Key: 1'],
    ['X-HTTP-Method-Override: PUT', 'Authorization: Bearer x', 'Authorization: Basic %%%', 'Cookie: a=b; c'],
    ['If-None-Match: *', 'If-None-Match: W/"a", "b', 'If-Modified-Since: yesterday', 'Range: bytes=0-1,5-'],
    [
      'Cache-Control: no-store, max-age=x',
      'Content-Type: application/json',
      'Content-Type: text/plain; charset=utf-16',
    ],
    ['Content-Type: ;', 'Content-Encoding: gzip', 'Content-Encoding: br', 'Content-Encoding: deflate'],
    ['Content-Encoding: zstd', 'Content-Encoding: gzip, br', 'Content-Encoding: rot13', 'TE: trailers'],
    ['Trailer: X-After', '__proto__: 1', 'constructor: 2', 'X-High: \u00ff\u00fe', `X-Long: ${'v'.repeat(3_000)}`],
  ].flat(),
}

/** With what it does not allow. */
export const WILD: Words = {
  methods: [...TAME.methods, 'PATCH', 'TRACE', 'CONNECT', 'BREW', 'get', 'PRI', ''],
  paths: [
    ...TAME.paths,
    ['*', '', 'health', 'http://[::1', 'https://x:99999/', '/\u00ff\u00fe', '/a b', '/\t', `/${'a'.repeat(9_000)}`],
  ].flat(),
  headers: [
    ...TAME.headers,
    ['Host: other', 'Host:', 'Host: a:b:c', 'Host: \u0000', 'Connection: Host, X-Request-ID', 'Connection: Upgrade'],
    ['Upgrade: websocket', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQ', 'Expect: 200-maybe', 'no colon here'],
    [
      'Blank : before',
      ': nameless',
      ' folded: line',
      'X-Nul: a\u0000b',
      'X-Bare: a\nb',
      `X-Huge: ${'v'.repeat(20_000)}`,
    ],
  ].flat(),
}

/** Ends of request lines. */
export const QUERIES = [
  ['', '', '', '?', '?item=1', '?item=1&item=2', '?item=%F0%28', '?=', '?&&&', '?__proto__=1', '?item[]=1'],
  [
    '?cpu=1&wait=2&bytes=3000',
    '?bytes=1e9',
    '?wait=-1',
    '?cpu=NaN',
    '?bytes=0x10',
    '?wait=5',
    `?q=${'x'.repeat(3_000)}`,
  ],
  ['?page=2&limit=5', '?page=-1', '?limit=1e9', '?id=%27%3B--', '?status=done&service=a', '?page=1&page=2'],
].flat()

/** Lines that a route of ours answers, whatever it says to the body. */
export const FITTING = [
  [
    'GET /health',
    'HEAD /stats',
    'GET /api/v1/endpoint?item=1',
    'GET /api/v1/endpoint?item=%F0%28',
    'HEAD /api/v1/endpoint',
  ],
  [
    'GET /work?cpu=1&wait=2&bytes=3000',
    'GET /work?bytes=1e9',
    'GET /work?wait=-1',
    'GET /metrics',
    'POST /search',
    'POST /ads',
  ],
  [
    'POST /search',
    'POST /ads',
    'POST /v1/completions',
    `POST ${TASKS}`,
    `GET ${TASKS}?page=2&limit=5`,
    `GET ${TASKS}?id=%27`,
  ],
].flat()

/** What is no length. */
export const LENGTHS = ['-5', '+5', '5, 5', '1e3', '0x5', '99999999999999999999', '', ' 7 ', '5\r\nContent-Length: 6']

const JSON_BODIES: readonly (string | Buffer)[] = [
  [
    '{"query":"harbour hotel"}',
    '{"query":"harbur hotle in lisbon"}',
    '{"query":""}',
    '{"query":5}',
    '{"query":null}',
    '{"quer',
  ],
  '{"thread_name":"t","conversation":[{"role":"user","content":"a hotel in Lisbon"}]}',
  ['{"thread_name":{},"conversation":"x"}', '{"service":"a","payload":{"a":"b c"}}', '[{"service":"a"},{"service":5}]'],
  [
    '{"service":"a","payload":{"fail":true}}',
    '{"id":"x","service":"a","payload":{}}',
    '[]',
    '[[[]]]',
    '{}',
    'null',
    'true',
    '"',
  ],
  ['1e999', '-0', 'NaN', '{"__proto__":{"query":"x"}}', '{"a":1,"a":2}', '{"query":"\\ud800"}', '\uFEFF{}', ' \t\n'],
  ['['.repeat(2_000), '{"a":'.repeat(2_000), `{"query":"${'word '.repeat(2_000)}"}`, `[${'1,'.repeat(5_000)}1]`],
  ['{"model":"m","messages":[{"role":"user","content":"hi"}]}', '{"messages":[]}', '{"prompt":"x","max_tokens":-1}'],
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  Buffer.from('{"query":"\u00e4"}', 'latin1'),
  Buffer.alloc(70_000, 0x20),
].flat()
const PACKED = [gzipSync, deflateSync, brotliCompressSync, zstdCompressSync].flatMap((pack) => {
  const small = pack('{"query":"harbour"}')
  return [
    small,
    small.subarray(0, small.length - 3),
    Buffer.concat([small, Buffer.from('more')]),
    pack(Buffer.alloc(3_000_000)),
  ]
})
/** Right and wrong ones for the routes, plain and packed. */
export const BODIES: readonly Buffer[] = [...JSON_BODIES.map((body) => Buffer.from(body)), ...PACKED]

/** Beginnings of other protocols, and of nothing at all. */
export const STRANGERS = [
  Buffer.from('1603010200010001fc0303', 'hex'),
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('GET /health\r\n\r\n'),
  Buffer.from('GET /health HTTP/9.9\r\n\r\n'),
  Buffer.from('\r\n\r\n\r\n'),
  Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  Buffer.from([5, 1, 0]),
  Buffer.alloc(0),
]
