import { isUtf8 } from 'node:buffer'

const NO_JSON = 'the body must be JSON in UTF-8'

/** The body as a JSON object, or a sentence that says what it is instead. */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> | string {
  // Decoding would put other characters in place of what is none.
  if (!isUtf8(body)) return NO_JSON
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString())
  } catch {
    return NO_JSON
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  return isObject ? (parsed as Record<string, unknown>) : 'the body must be a JSON object' // checked on this line
}
