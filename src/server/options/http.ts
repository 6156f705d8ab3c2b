import type { Milliseconds } from '../../core/clock.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The limits of connections and of what node:http reads by itself. */
export interface HttpOptions {
  /** Of the request line and all headers together. */
  readonly maxHeaderBytes: number
  /** How long a client may read nothing of its answer. */
  readonly writeTimeoutMs: Milliseconds
  /** At the same time, of one worker; 0: any number. */
  readonly maxConnections: number
  /** The same of one client address. */
  readonly maxConnectionsPerClient: number
}

/** Reads them from the settings. */
export function httpOptions(read: SettingReader): HttpOptions {
  return {
    maxHeaderBytes: read.number('MAX_HEADER_BYTES'),
    writeTimeoutMs: read.ms('WRITE_TIMEOUT'),
    maxConnections: read.number('MAX_CONNECTIONS'),
    maxConnectionsPerClient: read.number('MAX_CONNECTIONS_PER_CLIENT'),
  }
}
