/** Thread entry: searches for the event loop. The index is built once, when the thread starts. */
import { buildCorpus } from './corpus.ts'
import { SearchIndex } from './search-index.ts'
import type { SearchHit } from './search-index.ts'

/** What is to be searched for. */
export interface SearchTask {
  /** In lower case. */
  readonly words: readonly string[]
  readonly limit: number
}

const index = new SearchIndex(buildCorpus())

/** The best documents, best first. */
export function search({ words, limit }: SearchTask): readonly SearchHit[] {
  return index.search(words, limit)
}
