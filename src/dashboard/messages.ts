import type { BenchEvent } from '../core/events.ts'

/** From the run to the dashboard's process, with `serialization: 'advanced'`. */
export type DashboardInput = { readonly type: 'event'; readonly event: BenchEvent } | { readonly type: 'end' }

/** From the dashboard's process: it has taken the screen; the user wants to stop. */
export type DashboardOutput = { readonly type: 'drawing' } | { readonly type: 'quit' }

/** The argument of the dashboard's process for terminals without Unicode. */
export const ASCII_ARGUMENT = 'ascii'
