/**
 * The settings of the five source documents, by the names that the documents use; where a document has YAML or code, by the
 * names of research/server.md section 8.
 */
export const DOCUMENT_PRESETS = {
  /** 000: its tables. The time of an LLM call is a constant there. */
  genkit: {
    CACHE_TTL: '300',
    CACHE_MAX_SIZE: '1024',
    CACHE_ENABLED: 'true',
    CB_FAILURE_THRESHOLD: '5',
    CB_RECOVERY_TIMEOUT: '30',
    CB_ENABLED: 'true',
    KEEP_ALIVE: '75',
    UPSTREAM_TIMEOUT: '120',
    UPSTREAM_POOL_MAX: '100',
    UPSTREAM_POOL_KEEPALIVE: '20',
    RATE_LIMIT_DEFAULT: '60/minute',
    WEB_CONCURRENCY: '4',
    WORKER_TIMEOUT: '120',
    MAX_REQUESTS: '10000',
    MAX_REQUESTS_JITTER: '1000',
  },
  /** 001: "Quick Start", 4 CPUs and 8 GB. */
  quickStart: {
    WORKERS_PER_CORE: '2',
    MAX_WORKERS: '8',
    DATABASE_POOL_SIZE: '10',
    DATABASE_MAX_OVERFLOW: '5',
    REDIS_URL: 'redis://localhost:6379/0',
    CACHE_TTL: '300',
    KEEPALIVE: '5',
    MAX_REQUEST_SIZE: '10485760',
    REQUEST_TIMEOUT: '60',
  },
  /** 001: 2 CPUs, 4 GB; 500/s, p50 < 50 ms, p95 < 200 ms, 100 users. */
  small: {
    WORKERS_PER_CORE: '2',
    MAX_WORKERS: '4',
    DATABASE_POOL_SIZE: '5',
    DATABASE_MAX_OVERFLOW: '5',
    CACHE_TTL: '300',
  },
  /** 001: 4 CPUs, 8 GB; 1000/s, p50 < 40 ms, p95 < 150 ms, 250 users. */
  medium: {
    WORKERS_PER_CORE: '2',
    MAX_WORKERS: '8',
    DATABASE_POOL_SIZE: '10',
    DATABASE_MAX_OVERFLOW: '10',
    CACHE_TTL: '300',
  },
  /** 001: 8 CPUs, 16 GB; 2000/s, p50 < 30 ms, p95 < 100 ms, 500 users. */
  large: {
    WORKERS_PER_CORE: '2',
    MAX_WORKERS: '16',
    DATABASE_POOL_SIZE: '20',
    DATABASE_MAX_OVERFLOW: '10',
    CACHE_TTL: '600',
  },
  /** 002: "Development Environment". */
  development: { SERVER_PORT: '8080', CACHE_TYPE: 'memory', CACHE_MAX_SIZE: '1000', QUEUE_ENABLED: 'false' },
  /** 002: "Production Environment" over the sections before it. */
  production: {
    CACHE_TYPE: 'redis',
    CACHE_TTL: '24h',
    QUEUE_ENABLED: 'true',
    QUEUE_SIZE: '5000',
    QUEUE_STATE_PATH: '/var/lib/hapax/queue.state',
    QUEUE_SAVE_INTERVAL: '30s',
    CB_MAX_REQUESTS: '200',
    CB_INTERVAL: '30s',
    CB_TIMEOUT: '10s',
    CB_FAILURE_THRESHOLD: '10',
  },
  /** 002: "High-Load Environment" over the sections before it. */
  highLoad: {
    CACHE_TYPE: 'redis',
    CACHE_TTL: '24h',
    CACHE_MAX_SIZE: '10000',
    QUEUE_ENABLED: 'true',
    QUEUE_SIZE: '10000',
    CB_MAX_REQUESTS: '500',
    CB_INTERVAL: '60s',
    CB_TIMEOUT: '10s',
    CB_FAILURE_THRESHOLD: '5',
  },
  /** 003: its variables, and the numbers of its code; 100 to 200 requests a minute of 5 to 15 s. */
  azure: {
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    WORKERS: '4',
    WEB_CONCURRENCY: '4',
    TIMEOUT: '240',
    UPSTREAM_POOL_MAX: '100',
    UPSTREAM_PER_HOST: '30',
    UPSTREAM_TIMEOUT: '120',
    RETRY_MAX_ATTEMPTS: '5',
    RETRY_MAX_DELAY: '60',
    DATABASE_POOL_SIZE: '20',
    DATABASE_MAX_OVERFLOW: '30',
    REDIS_MAX_CONNECTIONS: '20',
  },
  /** 004: "Current Configuration" with the larger pool for 4 workers; 1000 to 2000/s, p50 50 to 100 ms, p95 200 to 500 ms. */
  eventStream: { GUNICORN_WORKERS: '4', GUNICORN_THREADS: '2', POOL_SIZE: '10', MAX_OVERFLOW: '10' },
} as const
