/**
 * The programmatic interface of tune: measure a target, assemble the report, render it.
 *
 * Sub-paths: `@tune-toolkit/cli/resilience`, `/stats`, `/sizing`, `/server`.
 */
export { applyOverrides, type ScenarioOverrides, singleRequestScenario } from './bench/ad-hoc-scenario.ts'
export { assembleReport, type Invocation } from './bench/assemble.ts'
export { type BenchOptions, measure, type Measurements } from './bench/bench.ts'
export { bundledScenarioNames, loadScenario, parseScenario } from './bench/scenario-file.ts'
export type { TargetOptions } from './bench/target.ts'
export { ScenarioError, SettingsError, TargetError, TuneError, UsageError } from './core/errors.ts'
export type { BenchEvent, Progress } from './core/events.ts'
export { type Objective, parseObjective } from './core/objective.ts'
export { type Report, reportSchema, type Run } from './core/report.ts'
export { type Scenario, scenarioSchema } from './core/scenario.ts'
export { resolveSettings, type ResolvedSettings } from './core/settings.ts'
export { evaluateObjectives } from './gate/evaluate.ts'
export { detectHost } from './host/detect.ts'
export { rendererFor, REPORT_EXTENSIONS } from './report/renderers.ts'
export { renderText } from './report/text.ts'
