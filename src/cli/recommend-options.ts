import type { Command } from 'commander'

import { cpuCount, duration, memorySize, rate, wholeNumber } from './flags.ts'
import type { RecommendFlags } from './recommend-command.ts'
import { addMachineFlags, addResultFlags, addScenarioFlags, addTargetFlags } from './run-flags.ts'

const EXAMPLES = `
Examples:
  npx tune recommend                                 settings for the bundled server on this machine; about 3 min
  npx tune recommend --quick --cmd 'node app.js' --port 3000 --env WEB_CONCURRENCY={workers}
  npx tune recommend --cmd 'gunicorn -b :{port} -w {workers} app:app' --port 0 -w 4 -o report.json
  npx tune recommend --check .env                    judge the settings of a service, measure nothing
  npx tune recommend --check .env --cpus 8 --memory 16GiB --database-connections 200 --replicas 3
  npx tune recommend --check .env --rate 1000 --p50 50ms --p95 200ms
                                                     hold them against what users expect
  npx tune recommend --from report.json --target-cpus 16 --target-memory 32GiB --target-rate 5000/s
                                                     how many such machines that rate takes

Exit codes: 0 done · 1 no rate keeps the objectives, or --check found something wrong · 2 wrong usage · 3 target unusable ·
4 the figures cannot be trusted, or the report cannot carry an answer · 130 interrupted`

/** Adds `tune recommend`; `given` tells the long names of the flags on the command line. */
export function addRecommend(
  program: Command,
  finish: (code: number) => void,
  given: (command: Command) => readonly string[],
): void {
  const command = addScenarioFlags(program.command('recommend'))
    .description('search the settings that serve most, and prove them; or judge settings without measuring')
    .optionsGroup('Search:')
    .option('--quick', 'about 45 s, less sure')
    .option('--thorough', 'about 10 min, surer')
    .option('--no-verify', 'do not hold the result against the current settings')
  addResultFlags(addMachineFlags(addTargetFlags(command)))
    .optionsGroup('Instead of measuring:')
    .option('--check <file.env>', 'judge these settings, one NAME=VALUE a line')
    .option('--from <report.json>', 'say what this report means for other machines')
    .optionsGroup('With --check, what the file does not say (CPUs: --cpus):')
    .option(
      '--memory <size>',
      'memory of the machine that it is for, such as 512MiB (default: of this one)',
      memorySize,
    )
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
    .addHelpText('after', EXAMPLES)
    .action(async (scenario: string | undefined, flags: RecommendFlags, self: Command) => {
      const { runRecommend } = await import('./recommend-command.ts')
      finish(await runRecommend(scenario, flags, given(self)))
    })
}
