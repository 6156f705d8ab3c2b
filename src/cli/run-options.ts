import { readFile } from 'node:fs/promises'

import { applyOverrides, singleRequestScenario } from '../bench/ad-hoc-scenario.ts'
import type { BenchOptions } from '../bench/bench.ts'
import { guardTarget } from '../bench/remote-guard.ts'
import { loadScenario } from '../bench/scenario-file.ts'
import type { TargetOptions } from '../bench/target.ts'
import { referencedValues } from '../core/environment-references.ts'
import { messageOf, UsageError } from '../core/errors.ts'
import type { Scenario } from '../core/scenario.ts'
import { MAX_REQUEST_NAME } from '../core/scenario-requests.ts'
import { resolveSettings } from '../core/settings.ts'
import { DEFAULT_REQUEST_TIMEOUT_MS } from '../core/workload.ts'
import { commandTarget } from './command-flags.ts'
import type { UrlFlag } from './flags.ts'
import { checkCombination } from './flag-combinations.ts'
import { resolveHeaders } from './resolve-headers.ts'
import type { RunFlags } from './run-flags.ts'

const DEFAULT_SCENARIO = 'mixed'
const DEFAULT_PRESET = 'bench'

/**
 * Turns flags into what is measured: reads the scenario, resolves settings and secrets, and checks what belongs together.
 *
 * @throws {UsageError} for a combination that makes no sense, before anything is started
 */
export async function resolveRunOptions(argument: string | undefined, flags: RunFlags): Promise<BenchOptions> {
  if (argument !== undefined && flags.scenario !== undefined && argument !== flags.scenario) {
    throw new UsageError(`two scenarios are named: "${argument}" and --scenario "${flags.scenario}"`, {
      hint: 'name one',
    })
  }
  const name = argument ?? flags.scenario
  checkCombination(flags, name)
  const { headers, secrets } = await resolveHeaders(flags.header ?? [], process.env)
  const base =
    isForeign(flags) && name === undefined ? await singleRequest(flags) : await loadScenario(name ?? DEFAULT_SCENARIO)
  const scenario = applyOverrides(withHeaders(base, headers), {
    connections: flags.connections,
    ratePerS: flags.rate,
    arrivals: flags.arrivals,
    durationMs: flags.duration,
    warmUpMs: flags.warmUp,
    objectives: flags.objective,
  })
  const target = targetOf(flags, base, [...secrets, ...referencedValues(JSON.stringify(base.requests), process.env)])
  if (target.kind === 'url') await guardTarget(target.url, flags.allowRemote === true)
  return {
    scenario,
    target,
    placement: flags.placement,
    cpusOverride: flags.cpus,
    generators: flags.generators,
    repeat: flags.repeat,
    timeoutMs: flags.timeout ?? DEFAULT_REQUEST_TIMEOUT_MS,
    seed: flags.seed,
  }
}

/** Not the bundled server. */
function isForeign(flags: RunFlags): boolean {
  return flags.url !== undefined || flags.cmd !== undefined
}

function targetOf(flags: RunFlags, scenario: Scenario, secrets: readonly string[]): TargetOptions {
  if (flags.cmd !== undefined) return commandTarget({ ...flags, cmd: flags.cmd }, secrets)
  if (flags.url?.kind === 'address') return { kind: 'url', url: flags.url.url, insecure: flags.insecure === true }
  const workers = flags.workers === undefined ? {} : { WEB_CONCURRENCY: String(flags.workers) }
  const settings = resolveSettings({
    flags: { ...flags.set, ...workers },
    environment: withoutDatabase(process.env),
    file: scenario.settings,
    preset: flags.preset ?? DEFAULT_PRESET,
  })
  return { kind: 'bundled', settings }
}

/** The database that a shell names is hardly meant to be loaded, or to get tables of ours; TUNE_DATABASE_URL is. */
function withoutDatabase(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name !== 'DATABASE_URL'))
}

/** What is sent when no scenario is named: one request, to the path of `--url` or to `/`. */
async function singleRequest(flags: RunFlags): Promise<Scenario> {
  const body = flags.body === undefined ? undefined : await bodyOf(flags.body)
  const method = (flags.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase()
  const path = pathOf(flags.url)
  const route = `${method} ${path.replace(/\?.*$/s, '')}`
  const name = route.length > MAX_REQUEST_NAME ? `${route.slice(0, MAX_REQUEST_NAME - 1)}…` : route
  return {
    ...singleRequestScenario({ name, method, path, headers: {}, body }),
    name: flags.cmd === undefined ? 'url' : 'command',
  }
}

function pathOf(url: UrlFlag | undefined): string {
  if (url === undefined) return '/'
  if (url.kind === 'path') return url.path
  // The parser of addresses encodes the braces of templates in a path, not in a query.
  return url.url.pathname.replaceAll('%7B%7B', '{{').replaceAll('%7D%7D', '}}') + url.url.search
}

async function bodyOf(text: string): Promise<string> {
  if (!text.startsWith('@')) return text
  try {
    return await readFile(text.slice(1), 'utf8')
  } catch (error) {
    throw new UsageError(`-b ${text}: ${messageOf(error)}`, {
      cause: error,
      hint: '@ is followed by the path of a file',
    })
  }
}

function withHeaders(scenario: Scenario, extra: Readonly<Record<string, string>>): Scenario {
  if (Object.keys(extra).length === 0) return scenario
  return {
    ...scenario,
    requests: scenario.requests.map((request) => ({ ...request, headers: { ...request.headers, ...extra } })),
  }
}
