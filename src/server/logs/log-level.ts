/** What is logged, from nothing to everything; each level includes those before it. */
export const LOG_LEVELS = ['off', 'error', 'info', 'debug'] as const
/** One of LOG_LEVELS. `info` leaves out the requests that watch the server. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Whether lines of `level` are written when `wanted` is set. */
export function isLogged(level: Exclude<LogLevel, 'off'>, wanted: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(wanted)
}
