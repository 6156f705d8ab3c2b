import type { Symptom } from './symptom.ts'

/** What no figure of a report shows for certain, and where to look instead. */
export const UNSEEN: readonly Symptom[] = [
  {
    id: 'work-per-request',
    title: 'Heavy objects are made for each request',
    sign: 'no figure shows it; CPU per request is high even with one connection, and memory follows the load',
    cause: 'Clients, indexes, models or settings are built or read again by each request, where one for all would do.',
    check: 'A CPU profile under load: what constructors and parsers cost. CPU per request before and after.',
    commands: ["npx tune bench --cmd 'node --cpu-prof app.js' --port 3000", 'npx tune bench -c 1 -d 10s'],
    change: 'Build them once at the start and share them. No setting does that.',
  },
  {
    id: 'retry-storm',
    title: 'Retries make an outage worse',
    sign: 'no figure of a report counts retries; tune_upstream_retries_total does',
    cause:
      'Many attempts with long waits keep requests open for minutes and multiply the calls of an upstream that is already in trouble.',
    check: 'Retries per call, and how often the budget was used up.',
    commands: [
      'curl -s http://127.0.0.1:9090/metrics | grep -E "tune_upstream_(calls|retries|retry_budget_exhausted)_total"',
      'npx tune bench breaker',
    ],
    change:
      'RETRY_MAX_ATTEMPTS and RETRY_MAX_DELAY down, RETRY_BUDGET down, REQUEST_TIMEOUT as the bound of it all, and a circuit breaker (CB_ENABLED).',
  },
  {
    id: 'repeated-lookups',
    title: 'The same is looked up again and again',
    sign: 'no figure of a report counts lookups of places or names',
    cause:
      'Coordinates of places, addresses of hosts and the like are asked for by each request, though they hardly change.',
    check: 'Calls per request of the service that answers them.',
    commands: ['npx tune bench locust-search'],
    change: 'GEOCODE_CACHE_SIZE up for places, DNS_TTL for addresses of upstreams, CACHE_TTL for whole answers.',
  },
  {
    id: 'redis-away',
    title: 'Redis cannot be reached',
    sign: 'no figure of a report shows it: the server goes on without Redis, with misses; tune_cache_shared_up is 0',
    cause: 'It does not run, or the address is wrong: inside a container localhost is the container itself.',
    check:
      'Whether it answers under the address in REDIS_URL, from where the server runs; its memory and what it evicts.',
    commands: [
      'redis-cli -u redis://localhost:6379/0 ping',
      'redis-cli -u redis://localhost:6379/0 info memory',
      'curl -s http://127.0.0.1:9090/metrics | grep -E "tune_cache_shared_|tune_redis_pool_"',
    ],
    change:
      'REDIS_URL=redis://redis:6379/0 where the service is named redis; REDIS_MAX_CONNECTIONS up; CACHE_L2_TIMEOUT up where it is far away; CACHE_TYPE=memory to do without.',
  },
  {
    id: 'database-away',
    title: 'The database cannot be reached',
    sign: 'no figure of a report shows it; answers are 503 with the reason database_unavailable',
    cause: 'It does not run, the network or a password is in the way, or it grants no further connection.',
    check: 'Whether it answers under the address in DATABASE_URL, and its limit on connections.',
    commands: [
      `psql "$DATABASE_URL" -c 'show max_connections'`,
      'curl -s http://127.0.0.1:9090/metrics | grep tune_database_',
    ],
    change:
      'DATABASE_URL; workers × (DATABASE_POOL_SIZE + DATABASE_MAX_OVERFLOW) below what the server grants; POOL_RECYCLE below the time after which a firewall forgets idle connections.',
  },
  {
    id: 'http3-windows',
    title: 'HTTP/3 is slow or takes memory',
    sign: 'no figure shows it: the bundled server speaks HTTP/1.1, and tune measures HTTP/1.1',
    cause:
      'On long or lossy paths one lost packet holds up every stream of a TCP connection, which HTTP/3 avoids; its windows and UDP buffers bound the throughput of a stream, and each open stream may take its window of memory.',
    check:
      'Bandwidth × round-trip time against the window of a stream; dropped datagrams of the UDP socket; streams × window against the memory.',
    commands: ['ss -uam', 'nstat -az UdpRcvbufErrors'],
    change:
      'At the proxy that speaks HTTP/3: enable it, wider windows and UDP buffers for throughput, narrower windows and fewer streams for memory. Of this server: KEEP_ALIVE, so that connections to the proxy last.',
  },
]
