import { describeFault, describePhase } from '../bench/phase-words.ts'
import { bundledScenarioNames, loadScenario } from '../bench/scenario-file.ts'
import type { Scenario } from '../core/scenario.ts'
import { printable, wrap } from '../report/terminal-text.ts'
import { EXIT } from './exit-codes.ts'

/** Longer lines are hard to read. */
const TEXT_WIDTH = 96

/** Lists the bundled scenarios, or tells what one of them sends and what to look for. */
export async function runScenarios(name: string | undefined): Promise<number> {
  process.stdout.write(name === undefined ? await list() : describeScenario(await loadScenario(name), name))
  return EXIT.done
}

async function list(): Promise<string> {
  const scenarios = await Promise.all((await bundledScenarioNames()).map(loadScenario))
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  const lines = scenarios.map(({ name, description }) => `${name.padEnd(width)}  ${firstSentence(description)}`)
  return `${lines.join('\n')}\n\nrun one:       npx tune bench NAME\nlook into one: npx tune scenarios NAME\n`
}

function firstSentence(text: string): string {
  return text.replace(/^(.*?[.;!?])(\s.*)?$/s, '$1').replace(/;$/, '.')
}

/**
 * What a scenario sends and what to look for, as text; nothing that its file says can command a terminal.
 *
 * @param nameOrFile as it was named
 */
export function describeScenario(scenario: Scenario, nameOrFile: string): string {
  const { name, description, lookFor, phases, objectives, settings } = scenario
  const faults = phases.flatMap((phase) => (phase.faults ?? []).map((fault) => describeFault(phase.name, fault)))
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Look for', lookFor === undefined ? [] : wrap(printable(lookFor), TEXT_WIDTH)],
    ['Requests', requestLines(scenario)],
    ['Phases', phases.map(describePhase)],
    ['Faults', faults],
    ['Objectives', objectives],
    ['Settings of the bundled server', Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`)],
    ['Run it', [`npx tune bench ${nameOrFile}`]],
  ]
  const shown = sections.filter(([, lines]) => lines.length > 0)
  const text = shown.map(([title, lines]) => `${title}\n${lines.map((line) => `  ${printable(line)}\n`).join('')}`)
  return `${name}: ${printable(description)}\n${text.join('')}`
}

function requestLines({ requests }: Scenario): readonly string[] {
  const weightOf = new Map<string, number>()
  for (const { name, method, path, weight } of requests) {
    const route = name ?? `${method} ${path}`
    weightOf.set(route, (weightOf.get(route) ?? 0) + weight)
  }
  const total = [...weightOf.values()].reduce((sum, weight) => sum + weight, 0)
  return [...weightOf].map(([route, weight]) => `${String(Math.round((weight / total) * 100)).padStart(3)} %  ${route}`)
}
