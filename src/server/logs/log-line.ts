import { withoutSecrets } from '../../core/secrets.ts'
import type { LogLevel } from './log-level.ts'

/** One line of JSON with time and level first, and its end. */
export function logLine(
  level: Exclude<LogLevel, 'off'>,
  fields: Readonly<Record<string, string | number | null | undefined>>,
): string {
  return `${JSON.stringify({ time: new Date().toISOString(), level, ...fields })}\n`
}

/**
 * What a handler has thrown: message and stack without secrets in addresses and assignments.
 *
 * @param requestId of the request that it was thrown for, if it was one
 */
export function errorLine(error: unknown, requestId?: string): string {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  return logLine('error', {
    message: withoutSecrets(message),
    stack: stack === undefined ? undefined : withoutSecrets(stack),
    requestId,
  })
}
