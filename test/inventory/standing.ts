/** How an item of the research stands, as somebody has judged it. */
export type Standing =
  /**
   * Tests show it: each entry is the number of an acceptance test, or a part of a test's name. Two or more entries: each
   * shows a part.
   */
  | { readonly kind: 'shown'; readonly by: readonly string[] }
  /** It is nothing that this project does, and why. */
  | { readonly kind: 'reason'; readonly why: string }
  /** It is not there yet, and where it is planned. */
  | { readonly kind: 'planned'; readonly where: string }

/** By tests of these numbers, or with these words in their names. */
export function shown(...by: readonly string[]): Standing {
  return { kind: 'shown', by }
}

/** Not ours, because … */
export function reason(why: string): Standing {
  return { kind: 'reason', why }
}

/** Not yet; `where` is the issue. */
export function planned(where: string): Standing {
  return { kind: 'planned', where }
}

/** An item of a checklist in a few words, and how it stands. */
export type ChecklistItem = readonly [what: string, standing: Standing]
