import { mkdirSync, writeFileSync } from 'node:fs'

import { reportJsonSchema, scenarioJsonSchema, whatIfJsonSchema } from '../../src/core/json-schema.ts'

/** Writes the published JSON Schemas anew: `npm run schemas`, after a change of the zod schemas. */
const folder = new URL('../../docs/schema/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, schema] of [
  ['report.v1.json', reportJsonSchema()],
  ['scenario.v1.json', scenarioJsonSchema()],
  ['what-if.v1.json', whatIfJsonSchema()],
] as const) {
  writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`)
}
