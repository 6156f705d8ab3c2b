import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { reportJsonSchema, scenarioJsonSchema, whatIfJsonSchema } from '../../src/core/json-schema.ts'

for (const [name, schema] of [
  ['report.v1.json', reportJsonSchema()],
  ['scenario.v1.json', scenarioJsonSchema()],
  ['what-if.v1.json', whatIfJsonSchema()],
] as const) {
  test(`the published docs/schema/${name} is what the code validates with (npm run schemas writes it)`, () => {
    const published: unknown = JSON.parse(readFileSync(new URL(`../../docs/schema/${name}`, import.meta.url), 'utf8'))
    assert.deepEqual(published, JSON.parse(JSON.stringify(schema)))
  })
}

test('the schemas are draft-07, which editors read', () => {
  assert.equal(scenarioJsonSchema()['$schema'], 'http://json-schema.org/draft-07/schema#')
})
