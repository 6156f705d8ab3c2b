import { jsonAnswer, refusal } from '../answer.ts'
import type { Route } from '../router.ts'
import { buildCorpus } from '../text/corpus.ts'
import { SearchIndex } from '../text/search-index.ts'
import { parseJsonObject } from './json-body.ts'

const MAX_QUERY_LENGTH = 512
const MAX_WORDS = 16
const HITS = 10

/** `POST /search {"query": …}`: CPU work on the event loop. The index is built once, when the route is. */
export function searchRoute(): Route {
  const index = new SearchIndex(buildCorpus())
  return {
    method: 'POST',
    path: '/search',
    handle: ({ body }) => {
      const words = parseQuery(body)
      if (typeof words === 'string') return refusal(400, 'bad_request', { detail: words })
      const hits = index.search(words, HITS)
      return jsonAnswer(200, { query: words.join(' '), hits })
    },
  }
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
