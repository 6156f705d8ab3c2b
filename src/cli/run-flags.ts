import { type Command, Option } from 'commander'

import { MAX_CONNECTIONS } from '../core/workload.ts'
import {
  address,
  collect,
  cpuCount,
  duration,
  environmentEntry,
  MAX_GENERATORS,
  MAX_REPEATS,
  objective,
  rate,
  setting,
  type UrlFlag,
  wholeNumber,
  workerCount,
} from './flags.ts'
import { collectHeader, type HeaderFlag } from './header-flags.ts'

/** The flags of a run as commander hands them over, parsed and within bounds. */
export interface RunFlags {
  readonly scenario?: string
  readonly url?: UrlFlag
  readonly cmd?: string
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
  readonly header?: readonly HeaderFlag[]
  readonly method?: string
  readonly body?: string
  readonly timeout?: number
  readonly insecure?: boolean
  readonly workers?: number | 'auto'
  readonly connections?: number
  readonly rate?: number
  readonly arrivals?: 'uniform' | 'poisson'
  readonly duration?: number
  readonly warmUp?: number
  readonly repeat: number
  readonly objective?: readonly string[]
  readonly preset?: string
  readonly set?: Readonly<Record<string, string>>
  readonly placement: 'auto' | 'split' | 'shared' | 'quota'
  readonly cpus?: number
  readonly generators: number
  readonly seed: number
  readonly json?: boolean
  readonly output?: readonly string[]
  readonly save?: boolean
  readonly quiet?: boolean
  readonly color: boolean
  readonly allowRemote?: boolean
}

/** The same sequence of requests and arrivals on every run, unless another seed is given. */
const DEFAULT_SEED = 1

/** Adds the flags that `bench`, `gate` and `dash` share. */
export function addRunFlags(command: Command): Command {
  return addResultFlags(addMachineFlags(addTargetFlags(addLoadFlags(addScenarioFlags(command)))))
}

/** Adds what says which requests are sent. */
export function addScenarioFlags(command: Command): Command {
  return command
    .argument('[scenario]', 'name of a bundled scenario, or a scenario file (default: mixed)')
    .optionsGroup('Load:')
    .option('-s, --scenario <name|file>', 'the same as the argument')
    .option('--seed <n>', 'of everything random', wholeNumber(0, 2 ** 31 - 1), DEFAULT_SEED)
}

function addLoadFlags(command: Command): Command {
  return command
    .option(
      '-c, --connections <n>',
      'connections: alone, one closed phase; with -r, the most it may open',
      wholeNumber(1, MAX_CONNECTIONS),
    )
    .option('-r, --rate <n/s>', 'arrivals per second: one open phase', rate)
    .addOption(
      new Option('--arrivals <kind>', 'how arrivals are spread (default with -r: uniform)').choices([
        'uniform',
        'poisson',
      ]),
    )
    .option('-d, --duration <time>', 'of each measured phase', duration(100))
    .option('--warm-up <time>', 'of the warm-up, which is not reported; 0 for none', duration(0))
    .option('--repeat <n>', 'measure everything n times, with fresh processes', wholeNumber(1, MAX_REPEATS), 1)
}

/** Adds what says which server is measured, and what is sent to one that is not bundled. */
export function addTargetFlags(command: Command): Command {
  return command
    .optionsGroup('The bundled server (the default target):')
    .option(
      '-w, --workers <n|auto>',
      'its workers, or {workers} of --cmd (auto: one per CPU of its share)',
      workerCount,
    )
    .option('--preset <name>', 'a named set of settings (default: bench)')
    .option('--set <KEY=VALUE>', 'one setting; repeatable', setting)
    .optionsGroup('Another target:')
    .option('--url <address>', 'measure this running server; with --cmd the path to request, such as /items', address)
    .option('--cmd <command>', 'start this server for each repetition and measure it; no shell')
    .option('--port <n>', 'where --cmd listens; 0 for any free port, told by {port}', wholeNumber(0, 65_535))
    .option(
      '--env <NAME=VALUE>',
      'variable for --cmd; {port} and {workers} are filled in; repeatable',
      environmentEntry,
    )
    .option('-H, --header <name: value|@file>', 'header; {{env.NAME}} takes a secret in; repeatable', collectHeader)
    .option('-m, --method <METHOD>', 'method (default: GET, with -b POST)')
    .option('-b, --body <text|@file>', 'body')
    .option('--timeout <time>', 'longest wait for one answer (default: 10s)', duration(1))
    .option('--insecure', 'do not verify TLS certificates')
    .option('--allow-remote', 'allow a target that is neither loopback nor private')
}

/** Adds what says on which CPUs everything runs. */
export function addMachineFlags(command: Command): Command {
  return command
    .optionsGroup('Machine:')
    .addOption(
      new Option(
        '--placement <how>',
        'target and generator on separate CPUs, or not; quota: the target gets --cpus CPUs',
      )
        .choices(['auto', 'split', 'shared', 'quota'])
        .default('auto'),
    )
    .option('--cpus <n>', 'CPUs to use at most', cpuCount)
    .option('--generators <n>', 'processes that send the load', wholeNumber(1, MAX_GENERATORS), 1)
}

/** Adds by what the result is judged, and where it goes. */
export function addResultFlags(command: Command): Command {
  return command
    .optionsGroup('Result:')
    .option('--objective <text>', "a bound such as 'p95 < 200ms' or 'error rate < 1%'; repeatable", objective)
    .option('--json', 'print one JSON document on stdout')
    .option(
      '-o, --output <file>',
      'write a report by extension: .json .ndjson .html .md .xml .csv .prom .hgrm; repeatable',
      collect,
    )
    .option('--save', 'write JSON and HTML into reports/')
    .option('--quiet', 'no progress')
    .option('--no-color', 'no colours')
}
