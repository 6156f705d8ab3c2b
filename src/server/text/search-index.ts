import type { CorpusDocument } from './corpus.ts'
import { closeness, editDistance } from './edit-distance.ts'

/** One text that was found. */
export interface SearchHit {
  readonly id: number
  readonly title: string
  /** BM25, higher is better; comparable within one search only. */
  readonly score: number
  /** Some words around the first match. */
  readonly snippet: string
}

/** The documents that contain one term, and how often, at the same index. */
interface Posting {
  readonly documents: readonly number[]
  readonly frequencies: readonly number[]
}

/** The usual constants of BM25: how fast repetition saturates, and how much length counts. */
const K1 = 1.2
const B = 0.75
/** A term so similar to a word of the query counts this much less per differing letter. */
const FUZZY_WEIGHT = 0.5
/** Shorter words have too many neighbours. */
const MIN_FUZZY_LENGTH = 4
const TWO_EDITS_LENGTH = 7
const SNIPPET_WORDS = 12
/** Comparisons of words that the second ranking may cost, whatever the query: bounds the time of a search. */
const MAX_COMPARISONS = 10_000
/** How much a snippet full of the wanted words adds to a score. */
const SNIPPET_WEIGHT = 0.5

/**
 * Ranked full-text search in memory: BM25 over the words of the query and the terms that look like them, and of the best
 * documents first those in which the words stand together.
 *
 * @see Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"
 */
export class SearchIndex {
  readonly #documents: readonly CorpusDocument[]
  readonly #postings: ReadonlyMap<string, Posting>
  readonly #terms: readonly string[]
  /** K1 · (1 − B + B · length / mean length) of each document. */
  readonly #lengthNorms: Float64Array

  constructor(documents: readonly CorpusDocument[]) {
    this.#documents = documents
    this.#postings = postingsOf(documents)
    this.#terms = [...this.#postings.keys()]
    const meanLength = documents.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, documents.length)
    this.#lengthNorms = Float64Array.from(documents, ({ words }) => K1 * (1 - B + (B * words.length) / meanLength))
  }

  /**
   * The best documents, best first; of equal ones the one with the lower id.
   *
   * @param words of the query, in lower case
   */
  search(words: readonly string[], limit: number): readonly SearchHit[] {
    const scores = new Float64Array(this.#documents.length)
    const wanted = [...new Set(words)]
    for (const word of wanted) {
      for (const [term, weight] of this.#expand(word)) this.#addScores(term, weight, scores)
    }
    return this.#candidates(scores, wanted.length)
      .map((id) => this.#hit(id, scores[id] ?? 0, wanted))
      .sort((left, right) => right.score - left.score || left.id - right.id)
      .slice(0, limit)
  }

  /** The best by BM25, as many as may be looked at word by word. */
  #candidates(scores: Float64Array, wantedWords: number): readonly number[] {
    const found: number[] = []
    for (const [id, score] of scores.entries()) if (score > 0) found.push(id)
    found.sort((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right)
    const perDocument = wantedWords * (this.#documents[0]?.words.length ?? 1)
    return found.slice(0, Math.ceil(MAX_COMPARISONS / Math.max(1, perDocument)))
  }

  /** The terms that a word may mean, and how much each counts. */
  #expand(word: string): ReadonlyMap<string, number> {
    const terms = new Map<string, number>()
    const limit = word.length < MIN_FUZZY_LENGTH ? 0 : word.length < TWO_EDITS_LENGTH ? 1 : 2
    for (const term of this.#terms) {
      const distance = editDistance(word, term, limit)
      if (distance <= limit) terms.set(term, FUZZY_WEIGHT ** distance)
    }
    return terms
  }

  #addScores(term: string, weight: number, scores: Float64Array): void {
    const posting = this.#postings.get(term)
    if (posting === undefined) return
    const containing = posting.documents.length
    const rarity = Math.log(1 + (this.#documents.length - containing + 0.5) / (containing + 0.5))
    for (const [index, id] of posting.documents.entries()) {
      const frequency = posting.frequencies[index] ?? 0
      const saturated = (frequency * (K1 + 1)) / (frequency + (this.#lengthNorms[id] ?? K1))
      scores[id] = (scores[id] ?? 0) + weight * rarity * saturated
    }
  }

  #hit(id: number, relevance: number, wanted: readonly string[]): SearchHit {
    const { title, words } = this.#documents[id] as CorpusDocument // ids are positions in this list
    const similarities = words.map((word) => Math.max(...wanted.map((other) => closeness(word, other))))
    const { from, sum } = densestWindow(similarities)
    const score = relevance * (1 + (SNIPPET_WEIGHT * sum) / SNIPPET_WORDS)
    const snippet = words.slice(from, from + SNIPPET_WORDS).join(' ')
    return { id, title, score: Math.round(score * 1_000) / 1_000, snippet }
  }
}

/** Where the words of one snippet are most similar to the wanted ones, and how much together. */
function densestWindow(similarities: readonly number[]): { readonly from: number; readonly sum: number } {
  let sum = 0
  let best = { from: 0, sum: 0 }
  for (const [end, similarity] of similarities.entries()) {
    sum += similarity - (similarities[end - SNIPPET_WORDS] ?? 0)
    if (sum > best.sum) best = { from: Math.max(0, end - SNIPPET_WORDS + 1), sum }
  }
  return best
}

function postingsOf(documents: readonly CorpusDocument[]): ReadonlyMap<string, Posting> {
  const postings = new Map<string, { documents: number[]; frequencies: number[] }>()
  for (const [id, { words }] of documents.entries()) {
    const counts = new Map<string, number>()
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const [term, frequency] of counts) {
      const posting = postings.get(term) ?? { documents: [], frequencies: [] }
      posting.documents.push(id)
      posting.frequencies.push(frequency)
      postings.set(term, posting)
    }
  }
  return postings
}
