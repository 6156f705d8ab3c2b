/** The body as a JSON object, or a sentence that says what it is instead. */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString())
  } catch {
    return 'the body must be JSON'
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  return isObject ? (parsed as Record<string, unknown>) : 'the body must be a JSON object' // checked on this line
}
