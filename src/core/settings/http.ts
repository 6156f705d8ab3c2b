import { MEBIBYTE, boolean, bytes, integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The listening socket, client connections and the limits of one request. */
export const HTTP_SETTINGS: readonly SettingDefinition[] = [
  seconds('KEEP_ALIVE', [75, 0, 300], 'time an idle client connection stays open; 0 closes it after each answer', [
    'KEEPALIVE',
  ]),
  {
    name: 'SERVER_HOST',
    kind: 'text',
    default: '127.0.0.1',
    pattern: /^[\w.:-]+$/,
    form: 'a host name or an address',
    reload: 'restart',
    summary: 'address to listen on',
  },
  { ...integer('SERVER_PORT', [8_000, 0, 65_535], 'port to listen on; 0 takes any free one'), reload: 'restart' },
  {
    ...boolean(
      'REUSE_PORT',
      false,
      'each worker has a listening socket of its own, and the kernel spreads connections',
    ),
    reload: 'restart',
  },
  bytes(
    'MAX_REQUEST_SIZE',
    [10 * MEBIBYTE, 1_024, 1_024 * MEBIBYTE],
    'largest request body; more is answered with 413',
  ),
  seconds('REQUEST_TIMEOUT', [60, 10, 300], 'time for a whole request, waiting included; then 504'),
  {
    ...bytes('MAX_HEADER_BYTES', [16_384, 1_024, MEBIBYTE], 'largest head of a request; more is answered with 431'),
    reload: 'restart',
  },
  seconds('WRITE_TIMEOUT', [30, 1, 3_600], 'a client that reads nothing of its answer for so long is cut off'),
  integer(
    'MAX_CONNECTIONS',
    [0, 0, 1_000_000],
    'open connections of one worker; more are closed at once; 0 any number',
  ),
  integer(
    'MAX_CONNECTIONS_PER_CLIENT',
    [0, 0, 1_000_000],
    'open connections of one client address to one worker; more are closed at once; 0 any number',
  ),
]
