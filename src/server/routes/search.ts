import { jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { CpuThreads } from '../cpu-threads.ts'
import type { Handler, Route } from '../router.ts'
import { buildCorpus } from '../text/corpus.ts'
import { SearchIndex } from '../text/search-index.ts'
import type { SearchHit } from '../text/search-index.ts'
import type { SearchTask } from '../text/search-thread.ts'
import { parseJsonObject } from './json-body.ts'
import { answerFromThread } from './thread-answer.ts'

const MAX_QUERY_LENGTH = 512
const MAX_WORDS = 16
const HITS = 10

/** Threads that search. */
export type SearchThreads = CpuThreads<SearchTask, readonly SearchHit[]>

/**
 * `POST /search {"query": …}`: CPU work, on the event loop or in threads.
 *
 * @param threads null: on the event loop, and the index is built here, once
 */
export function searchRoute(threads: SearchThreads | null): Route {
  const handle = threads === null ? searchOnLoop(new SearchIndex(buildCorpus())) : searchInThreads(threads)
  return { method: 'POST', path: '/search', handle }
}

function searchOnLoop(index: SearchIndex): Handler {
  return ({ body }) => {
    const words = parseQuery(body)
    return typeof words === 'string' ? badQuery(words) : found(words, index.search(words, HITS))
  }
}

function searchInThreads(threads: SearchThreads): Handler {
  return (context) => {
    const words = parseQuery(context.body)
    if (typeof words === 'string') return badQuery(words)
    return answerFromThread(threads, { words, limit: HITS }, context, (hits) => found(words, hits))
  }
}

function found(words: readonly string[], hits: readonly SearchHit[]): Answer {
  return jsonAnswer(200, { query: words.join(' '), hits })
}

function badQuery(problem: string): Answer {
  return refusal(400, 'bad_request', { detail: problem })
}

/** The words of the query in lower case, at most 16; or a sentence that says what is wrong. */
export function parseQuery(body: Buffer): readonly string[] | string {
  const input = parseJsonObject(body)
  if (typeof input === 'string') return input
  const { query } = input
  if (typeof query !== 'string' || query.length > MAX_QUERY_LENGTH) {
    return `query must be a text of at most ${MAX_QUERY_LENGTH} characters`
  }
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return words.length === 0 ? 'query must contain a word' : words.slice(0, MAX_WORDS)
}
