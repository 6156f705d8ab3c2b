import type { Command } from 'commander'

import { cpuCount, duration, memorySize, rate, wholeNumber } from './flags.ts'
import type { RecommendFlags } from './recommend-command.ts'

const EXAMPLES = `
Examples:
  npx tune recommend --check .env                    judge the settings of a service, measure nothing
  npx tune recommend --check .env --cpus 8 --memory 16GiB --database-connections 200 --replicas 3
  npx tune recommend --check .env --rate 1000 --p50 50ms --p95 200ms
                                                     hold them against what users expect
  npx tune recommend --from report.json --target-cpus 16 --target-memory 32GiB --target-rate 5000/s
                                                     how many such machines that rate takes

Exit codes: 0 nothing is wrong (doubtful findings are printed) · 1 something is wrong · 2 wrong usage, or the file cannot
be read · 4 the report cannot carry an answer`

/** Adds `tune recommend`; `given` tells the long names of the flags on the command line. */
export function addRecommend(
  program: Command,
  finish: (code: number) => void,
  given: (command: Command) => readonly string[],
): void {
  program
    .command('recommend')
    .description('without measuring: judge settings, or carry a report over to other machines')
    .option('--check <file.env>', 'judge these settings, one NAME=VALUE a line')
    .option('--from <report.json>', 'say what this report means for other machines')
    .optionsGroup('With --check, what the file does not say:')
    .option('--cpus <n>', 'CPUs of the machine that it is for (default: of this one)', cpuCount)
    .option('--memory <size>', 'its memory, such as 512MiB or 16GiB (default: of this one)', memorySize)
    .option('--replicas <n>', 'machines or containers with these settings (default: 1)', wholeNumber(1, 10_000))
    .option(
      '--database-connections <n>',
      'max_connections of the database server (default: 100, as PostgreSQL ships)',
      wholeNumber(1, 1_000_000),
    )
    .option(
      '--balancer-idle <time>',
      'how long the load balancer keeps idle connections; 0: there is none (default: 60s)',
      duration(0),
    )
    .optionsGroup('With --check, what users expect:')
    .option('--rate <n/s>', 'requests of all replicas together', rate)
    .option('--p50 <time>', 'the typical response time', duration(1))
    .option('--p95 <time>', 'the response time that one in twenty may exceed', duration(1))
    .option('--users <n>', 'who send one request after the other', wholeNumber(1, 1_000_000_000))
    .option('--think-time <time>', 'pause of a user between two requests (default: 0)', duration(0))
    .optionsGroup('With --from (default: as in the report):')
    .option('--target-cpus <n>', 'CPUs of one machine', cpuCount)
    .option('--target-memory <size>', 'memory of one machine, such as 32GiB', memorySize)
    .option('--target-rate <n/s>', 'requests of all machines together', rate)
    .optionsGroup('Result:')
    .option('--json', 'print one JSON document on stdout')
    .option('--no-color', 'no colours')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: RecommendFlags, command: Command) => {
      const { runRecommend } = await import('./recommend-command.ts')
      finish(await runRecommend(flags, given(command)))
    })
}
