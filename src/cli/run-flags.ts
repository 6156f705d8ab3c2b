import { type Command, Option } from 'commander'

import {
  collect,
  cpuCount,
  duration,
  header,
  httpUrl,
  MAX_CONNECTIONS,
  MAX_REPEATS,
  objective,
  rate,
  setting,
  wholeNumber,
  workerCount,
} from './flags.ts'

/** The flags of a run as commander hands them over, parsed and within bounds. */
export interface RunFlags {
  readonly scenario?: string
  readonly url?: URL
  readonly header?: Readonly<Record<string, string>>
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
  readonly placement: 'auto' | 'split' | 'shared'
  readonly cpus?: number
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
  return command
    .argument('[scenario]', 'name of a bundled scenario, or a scenario file (default: mixed)')
    .optionsGroup('Load:')
    .option('-s, --scenario <name|file>', 'the same as the argument')
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
    .option('--seed <n>', 'of everything random', wholeNumber(0, 2 ** 31 - 1), DEFAULT_SEED)
    .optionsGroup('Target:')
    .option('-w, --workers <n|auto>', 'workers of the bundled server (auto: one per CPU of its share)', workerCount)
    .option('--preset <name>', 'settings of the bundled server (default: bench)')
    .option('--set <KEY=VALUE>', 'one setting of the bundled server; repeatable', setting)
    .option('--url <address>', 'measure this server instead of the bundled one', httpUrl)
    .option('-H, --header <name: value>', 'header for --url; repeatable', header)
    .option('-m, --method <METHOD>', 'method for --url (default: GET, with -b POST)')
    .option('-b, --body <text|@file>', 'body for --url')
    .option('--timeout <time>', 'longest wait for one answer (default: 10s)', duration(1))
    .option('--insecure', 'do not verify TLS certificates')
    .option('--allow-remote', 'allow a target that is neither loopback nor private')
    .optionsGroup('Machine:')
    .addOption(
      new Option('--placement <how>', 'target and generator on separate CPUs, or not')
        .choices(['auto', 'split', 'shared'])
        .default('auto'),
    )
    .option('--cpus <n>', 'CPUs to use at most', cpuCount)
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
