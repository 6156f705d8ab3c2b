import { z } from 'zod'

import { reportSchema } from './report.ts'
import { scenarioSchema } from './scenario.ts'
import { whatIfSchema } from './what-if.ts'

/** JSON Schema draft-07 of scenario files: what editors read through the schema line of a file. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return toDraft07(scenarioSchema, 'tune scenario, version 1')
}

/** JSON Schema draft-07 of the report document; keys that it does not know are allowed, because v1 may grow. */
export function reportJsonSchema(): Record<string, unknown> {
  return toDraft07(reportSchema, 'tune report, version 1')
}

/** JSON Schema draft-07 of what `tune recommend --from … --json` prints; keys that it does not know are allowed, too. */
export function whatIfJsonSchema(): Record<string, unknown> {
  return toDraft07(whatIfSchema, 'tune what-if, version 1')
}

function toDraft07(schema: z.ZodType, title: string): Record<string, unknown> {
  return { title, ...z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) }
}
