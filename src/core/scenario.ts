import { z } from 'zod'

import { parseObjective } from './objective.ts'
import { checkScenario } from './scenario-checks.ts'
import { phaseSchema } from './scenario-phases.ts'
import { dataSetName, dataSetSchema, requestSchema } from './scenario-requests.ts'
import { shortName } from './scenario-values.ts'
import type { DataSet } from './workload.ts'

const objectiveText = z.string().superRefine((text, context) => {
  try {
    parseObjective(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is not an objective' })
  }
})

/** Clients that open phases take turns with when nothing else is said. */
export const DEFAULT_CLIENTS = 100

/** The one schema of scenario files; docs/schema/scenario.v1.json is generated from it. */
export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: shortName,
    description: z.string().min(1),
    lookFor: z.string().optional().describe('what the reader should look for in the result'),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('settings of the bundled server for this scenario'),
    clients: z
      .int()
      .min(1)
      .max(100_000)
      .default(DEFAULT_CLIENTS)
      .describe('clients that the arrivals of open phases come from in turn: what {{client}} is'),
    data: z.record(dataSetName, dataSetSchema).default({}).describe('rows that templates take values from'),
    requests: z.array(requestSchema).min(1).max(1_000),
    phases: z.array(phaseSchema).min(1).max(100),
    objectives: z.array(objectiveText).max(1_000).default([]),
  })
  .superRefine((scenario, context) => {
    for (const { path, message } of checkScenario(scenario)) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
  })

/** A scenario as its file says it: defaults applied, times in ms, rates in 1/s, data files not read yet. */
export type ScenarioFile = z.infer<typeof scenarioSchema>

/** A validated scenario with everything it needs. */
export interface Scenario extends Omit<ScenarioFile, 'data'> {
  readonly data: Readonly<Record<string, DataSet>>
  /** URL of the module that it was read from, when functions of that module take part in the requests. */
  readonly module?: string | undefined
}

/** One request of a scenario. */
export type ScenarioRequest = ScenarioFile['requests'][number]
/** One phase of a scenario. */
export type ScenarioPhase = ScenarioFile['phases'][number]
/** A phase of arrivals that do not wait for answers. */
export type OpenPhase = Extract<ScenarioPhase, { readonly kind: 'open' }>
