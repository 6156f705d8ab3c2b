/** What YAML does not allow in a text, or some of its readers take for the end of a line. */
const UNSAFE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g

/** Any text as a double-quoted scalar of YAML 1.1 and 1.2 on one line, which is always a text and never a number or `yes`. */
export function quotedYaml(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    UNSAFE,
    (sign) => String.raw`\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
