import assert from 'node:assert/strict'
import { test } from 'node:test'

import { buildCorpus } from '../../../src/server/text/corpus.ts'
import { SearchIndex } from '../../../src/server/text/search-index.ts'

function indexOf(...texts: readonly string[]): SearchIndex {
  return new SearchIndex(texts.map((text, id) => ({ id, title: `text ${id}`, words: text.split(' ') })))
}

test('a text without any of the words is not found', () => {
  const index = indexOf('ship anchor', 'bread oven')
  assert.deepEqual(
    index.search(['oven'], 10).map(({ id }) => id),
    [1],
  )
  assert.deepEqual(index.search(['violin'], 10), [])
})

test('a rare word counts more than a frequent one', () => {
  const index = indexOf('ship harbour', 'ship anchor', 'ship cargo', 'ship tide')
  assert.equal(index.search(['ship', 'cargo'], 10)[0]?.id, 2)
})

// BM25 with k1 1.2 and b 0.75 of 1 in 2 texts of the mean length, idf ln(1 + 1.5 / 1.5); the snippet is the only word.
test('the score is that of the formula, raised for words that stand together', () => {
  const bm25 = Math.log(1 + 1.5 / 1.5) * ((1 * 2.2) / (1 + 1.2))
  const [hit] = indexOf('anchor', 'bread').search(['anchor'], 10)
  assert.equal(hit?.score, Math.round(bm25 * (1 + 0.5 / 12) * 1_000) / 1_000)
})

test('a misspelt word finds what it looks like, behind the exact match', () => {
  const index = indexOf('vacine shot', 'vaccine dose', 'violin music')
  assert.deepEqual(
    index.search(['vaccine'], 10).map(({ id }) => id),
    [1, 0],
  )
})

test('the snippet shows the words around the matches', () => {
  const filler = Array.from({ length: 40 }, () => 'filler').join(' ')
  const [hit] = indexOf(`${filler} storm cloud ${filler}`, 'other').search(['storm', 'cloud'], 10)
  assert.match(hit?.snippet ?? '', /storm cloud/)
})

test('the corpus is the same each time, and every subject can be found in it', () => {
  const corpus = buildCorpus()
  assert.deepEqual(corpus, buildCorpus())
  const hits = new SearchIndex(corpus).search(['vaccine'], 10)
  assert.equal(hits.length, 10)
  assert.ok(hits.every(({ title }) => title.startsWith('health')))
})
