/** Which database a DATABASE_URL means. */
export type DatabaseAddress =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

const SQLITE_SCHEME = 'sqlite:'

/**
 * Tells which database a URL means.
 *
 * @param url a value that the table of settings accepts, and not the empty one
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  return url.startsWith(SQLITE_SCHEME)
    ? { kind: 'sqlite', file: url.slice(SQLITE_SCHEME.length) }
    : { kind: 'postgres', url }
}

/** The URL of a SQLite file. */
export function sqliteUrl(file: string): string {
  return SQLITE_SCHEME + file
}
