import { readFile } from 'node:fs/promises'

import { applyOverrides, singleRequestScenario } from '../bench/ad-hoc-scenario.ts'
import type { BenchOptions } from '../bench/bench.ts'
import { guardTarget } from '../bench/remote-guard.ts'
import { loadScenario } from '../bench/scenario-file.ts'
import type { TargetOptions } from '../bench/target.ts'
import { messageOf, UsageError } from '../core/errors.ts'
import type { Scenario } from '../core/scenario.ts'
import { resolveSettings } from '../core/settings.ts'
import { DEFAULT_REQUEST_TIMEOUT_MS } from '../core/workload.ts'
import type { RunFlags } from './run-flags.ts'

const DEFAULT_SCENARIO = 'mixed'
const DEFAULT_PRESET = 'bench'

/**
 * Turns flags into what is measured: reads the scenario, resolves the settings and checks what belongs together.
 *
 * @throws {UsageError} for a combination that makes no sense, before anything is started
 */
export async function resolveRunOptions(argument: string | undefined, flags: RunFlags): Promise<BenchOptions> {
  if (argument !== undefined && flags.scenario !== undefined && argument !== flags.scenario) {
    throw new UsageError(`two scenarios are named: "${argument}" and --scenario "${flags.scenario}"`, {
      hint: 'name one',
    })
  }
  checkCombination(flags)
  const name = argument ?? flags.scenario
  const base =
    flags.url !== undefined && name === undefined
      ? await scenarioOfUrl(flags.url, flags)
      : await loadScenario(name ?? DEFAULT_SCENARIO)
  const scenario = applyOverrides(withHeaders(base, flags), {
    connections: flags.connections,
    ratePerS: flags.rate,
    arrivals: flags.arrivals,
    durationMs: flags.duration,
    warmUpMs: flags.warmUp,
    objectives: flags.objective,
  })
  if (flags.url !== undefined) await guardTarget(flags.url, flags.allowRemote === true)
  return {
    scenario,
    target: targetOf(flags, base),
    placement: flags.placement,
    cpusOverride: flags.cpus,
    repeat: flags.repeat,
    timeoutMs: flags.timeout ?? DEFAULT_REQUEST_TIMEOUT_MS,
    seed: flags.seed,
  }
}

function checkCombination(flags: RunFlags): void {
  const onlyWithUrl = {
    '-m': flags.method,
    '-b': flags.body,
    '-H': flags.header,
    '--insecure': flags.insecure,
    '--allow-remote': flags.allowRemote,
  }
  const onlyBundled = { '-w': flags.workers, '--preset': flags.preset, '--set': flags.set }
  const misplaced = Object.entries(flags.url === undefined ? onlyWithUrl : onlyBundled).filter(
    ([, value]) => value !== undefined,
  )
  if (misplaced.length > 0) {
    const names = misplaced.map(([name]) => name).join(', ')
    throw new UsageError(
      flags.url === undefined
        ? `${names} needs --url`
        : `${names} is for the bundled server and cannot be used with --url`,
      {
        hint:
          flags.url === undefined
            ? 'add --url, or leave it out for the bundled server'
            : 'configure that server where it is started',
      },
    )
  }
  if (flags.arrivals !== undefined && flags.rate === undefined) {
    throw new UsageError('--arrivals needs -r', { hint: 'for example: -r 100 --arrivals poisson' })
  }
}

function targetOf(flags: RunFlags, scenario: Scenario): TargetOptions {
  if (flags.url !== undefined) return { kind: 'url', url: flags.url, insecure: flags.insecure === true }
  const settings = resolveSettings({
    flags: flags.set ?? {},
    environment: process.env,
    file: scenario.settings,
    preset: flags.preset ?? DEFAULT_PRESET,
  })
  return { kind: 'bundled', settings, workers: typeof flags.workers === 'number' ? flags.workers : undefined }
}

async function scenarioOfUrl(url: URL, flags: RunFlags): Promise<Scenario> {
  const body = flags.body === undefined ? undefined : await bodyOf(flags.body)
  const method = (flags.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase()
  if (!/^[A-Z]+$/.test(method)) {
    throw new UsageError(`-m "${flags.method}" is not an HTTP method`, { hint: 'for example GET, POST or PUT' })
  }
  return singleRequestScenario({
    name: `${method} ${url.pathname}`,
    method,
    path: url.pathname + url.search,
    headers: {},
    body,
  })
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

function withHeaders(scenario: Scenario, flags: RunFlags): Scenario {
  const extra = flags.header
  if (extra === undefined) return scenario
  return {
    ...scenario,
    requests: scenario.requests.map((request) => ({ ...request, headers: { ...request.headers, ...extra } })),
  }
}
