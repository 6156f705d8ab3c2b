import { describeWorkload, workloadOf } from '../bench/phases.ts'
import { bundledScenarioNames, loadScenario } from '../bench/scenario-file.ts'
import type { ScenarioPhase } from '../core/scenario.ts'
import { EXIT } from './exit-codes.ts'

/** Lists the bundled scenarios, or tells what one of them sends and what to look for. */
export async function runScenarios(name: string | undefined): Promise<number> {
  process.stdout.write(name === undefined ? await list() : await describe(name))
  return EXIT.done
}

async function list(): Promise<string> {
  const scenarios = await Promise.all((await bundledScenarioNames()).map(loadScenario))
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  const lines = scenarios.map(({ name, description }) => `${name.padEnd(width)}  ${description}`)
  return `${lines.join('\n')}\n\nrun one:       npx tune bench NAME\nlook into one: npx tune scenarios NAME\n`
}

async function describe(name: string): Promise<string> {
  const scenario = await loadScenario(name)
  const total = scenario.requests.reduce((sum, { weight }) => sum + weight, 0)
  const requests = scenario.requests.map(
    (request) =>
      `  ${String(Math.round((request.weight / total) * 100)).padStart(3)} %  ${request.name ?? `${request.method} ${request.path}`}`,
  )
  const phases = scenario.phases.map(
    (phase) =>
      `  ${phase.name}: ${loadOf(phase)}, ${phase.duration / 1_000} s${phase.measured ? '' : ' (not reported)'}`,
  )
  const lookFor = scenario.lookFor === undefined ? [] : ['Look for', `  ${scenario.lookFor}`]
  return `${[`${scenario.name}: ${scenario.description}`, 'Requests', ...requests, 'Phases', ...phases, ...lookFor].join('\n')}\n`
}

function loadOf(phase: ScenarioPhase): string {
  if (phase.kind === 'open' && phase.rate.kind === 'share') {
    return `open, ${Math.round(phase.rate.fraction * 100)} % of ${phase.rate.phase}, ${phase.arrivals}`
  }
  return describeWorkload(workloadOf(phase, new Map()))
}
