/** How the names of files end: values, leases, and what is being written. */
export const FILE_KINDS = { value: '.cache', lease: '.lease', part: '.part' } as const

/** What a file of the store holds. */
export type FileKind = keyof typeof FILE_KINDS

/** A SHA-256 digest in base64url. */
const DIGEST = '[\\w-]{43}'
const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}'
const KEY = new RegExp(`^${DIGEST}$`)
const NAMES: readonly (readonly [FileKind, RegExp])[] = [
  ['value', new RegExp(`^${DIGEST}\\.cache$`)],
  ['lease', new RegExp(`^${DIGEST}\\.lease$`)],
  ['part', new RegExp(`^(?:check|${DIGEST}(?:\\.lease)?)-${UUID}\\.part$`)],
]

/** Whether it is a digest, and so no path. */
export function isKey(text: string): boolean {
  return KEY.test(text)
}

/** Undefined for names that the store gives to no file: somebody else's, who may have a use for it. */
export function kindOfFile(name: string): FileKind | undefined {
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0]
}
