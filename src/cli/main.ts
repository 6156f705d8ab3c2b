import { Command, CommanderError } from 'commander'

import { EXIT, exitCodeOf } from './exit-codes.ts'
import { printError } from './errors.ts'
import type { ExportFlags } from './export-command.ts'
import { cpuCount, setting, wholeNumber, workerCount } from './flags.ts'
import { printable } from '../report/terminal-text.ts'
import { addRecommend } from './recommend-options.ts'
import { addRunFlags, type RunFlags } from './run-flags.ts'
import type { ServeFlags } from './serve-command.ts'
import { ignoreLostReader } from './terminal.ts'
import { toolVersion } from './version.ts'

const OVERVIEW = `
Examples:
  npx tune bench                                        measure the bundled server, get sizing advice
  npx tune bench --url http://127.0.0.1:3000/ -r 100    measure your own server at 100 requests/s
  npx tune bench --cmd 'node app.js' --port 3000        start your own server, and measure it with its processes
  npx tune gate --objective 'p95 < 200ms'               pass or fail, for CI`

const BENCH_EXAMPLES = `
Examples:
  npx tune bench                                     warm-up, saturate, steady; 20 to 30 s
  npx tune bench -w 2 --set CACHE_ENABLED=false      two workers, no cache
  npx tune bench -r 200 -d 10s                       open loop at 200/s for 10 s
  npx tune bench --url http://127.0.0.1:3000/ -c 20  another server, closed loop
  npx tune bench --cmd 'node app.js' --port 3000     start it, measure it, end it
  npx tune bench --cmd 'gunicorn -b :{port} -w {workers} app:app' --port 0 -w 4
  npx tune bench --url http://127.0.0.1:3000/me -H 'authorization: Bearer {{env.TOKEN}}'
  npx tune bench --json -o report.html > run.json    files for people and for scripts

Exit codes: 0 done · 1 objective breached · 2 wrong usage · 3 target unusable · 4 no verdict · 130 interrupted`

const GATE_EXAMPLES = `
Examples:
  npx tune gate --objective 'p95 < 200ms' --objective 'error rate < 1%'
  npx tune gate --from report.json -o gate.xml       judge an earlier run, write JUnit

Exit codes: 0 passed · 1 failed · 2 wrong usage · 3 target unusable · 4 no verdict possible · 5 incomplete`

const EXPORT_EXAMPLES = `
Kinds: env, compose, k8s, pm2, systemd, gunicorn, alerts

Examples:
  npx tune export env --from report.json                      print a dotenv file
  npx tune export k8s --from report.json tune.yaml            how tune.yaml would change; nothing is written
  npx tune export k8s --from report.json tune.yaml --write    write it; --force to replace one that is there

Exit codes: 0 done · 2 wrong usage · 4 the report holds nothing that could be set, or is of an invalid run`

const SERVE_EXAMPLES = `
Examples:
  npx tune serve                                     port 8000, one worker per CPU
  npx tune serve --port 3000 -w 2 --set CACHE_TTL=60
  npx tune serve --print-settings                    every setting, its value and where it comes from`

/**
 * Runs tune. Loads nothing but commander until a command is chosen. Ends the process with the contract's exit code.
 *
 * @param argv without node and script
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', ignoreLostReader)
  process.stderr.on('error', ignoreLostReader)
  process.on('uncaughtException', (error) => {
    printError(error, process.stderr)
    process.exit(EXIT.bug)
  })
  const code = await runCommand(argv)
  process.stdout.write('', () => process.exit(code))
}

async function runCommand(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.done
  const program = buildProgram((result) => {
    code = result
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    printError(error, process.stderr)
    return exitCodeOf(error)
  }
}

function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('tune')
    .description('Load-test an HTTP server honestly, and learn how to size it on this machine.')
    .version(toolVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(usageText(text)) })
    .showHelpAfterError('  all commands: npx tune --help')
    .addHelpText('after', OVERVIEW)
  addRunFlags(program.command('bench'))
    .description('measure the bundled server (or --url, --cmd), print p50/p95/p99 and sizing advice')
    .addHelpText('after', BENCH_EXAMPLES)
    .action(async (scenario: string | undefined, flags: RunFlags) => {
      const { runBench } = await import('./bench-command.ts')
      finish(await runBench(scenario, flags))
    })
  addRunFlags(program.command('gate'))
    .description('pass or fail by objectives, on a fresh run or an earlier report')
    .option('--from <report.json>', 'judge this report instead of measuring')
    .addHelpText('after', GATE_EXAMPLES)
    .action(async (scenario: string | undefined, flags: RunFlags & { readonly from?: string }, command: Command) => {
      const { runGate } = await import('./gate-command.ts')
      finish(await runGate(scenario, flags, flagsGiven(command)))
    })
  addRunFlags(program.command('dash'))
    .description('the same as bench, live in the terminal')
    .addHelpText(
      'after',
      '\nExamples:\n  npx tune dash                                      q stops and prints the summary\n  npx tune dash -c 50 -d 60s',
    )
    .action(async (scenario: string | undefined, flags: RunFlags) => {
      const { runDash } = await import('./dash-command.ts')
      finish(await runDash(scenario, flags))
    })
  program
    .command('export')
    .argument('<kind>', 'what kind of file')
    .argument('[file]', 'the file to compare with; without it the content is printed')
    .description('turn the advice of a report into a file: settings, or alert rules')
    .requiredOption('--from <report.json>', 'the report of an earlier run')
    .option('--write', 'write FILE, if it is not there yet')
    .option('--force', 'with --write: replace FILE')
    .addHelpText('after', EXPORT_EXAMPLES)
    .action(async (kind: string, file: string | undefined, flags: ExportFlags) => {
      const { runExport } = await import('./export-command.ts')
      finish(await runExport(kind, file, flags))
    })
  addRecommend(program, finish, flagsGiven)
  addServe(program, finish)
  program
    .command('doctor')
    .description('facts about this machine, and what could spoil a measurement')
    .option('--json', 'print one JSON document')
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      '\nExamples:\n  npx tune doctor                                    before you trust a measurement',
    )
    .action(async (flags: { readonly json?: boolean; readonly color: boolean }) => {
      const { runDoctor } = await import('./doctor-command.ts')
      finish(await runDoctor(flags))
    })
  program
    .command('scenarios')
    .argument('[name]', 'show this scenario and what to look for')
    .description('list the bundled scenarios')
    .addHelpText(
      'after',
      '\nExamples:\n  npx tune scenarios                                 all of them\n  npx tune scenarios mixed                           what it sends, and what to look for',
    )
    .action(async (name: string | undefined) => {
      const { runScenarios } = await import('./scenarios-command.ts')
      finish(await runScenarios(name))
    })
  for (const command of program.commands) {
    command.showHelpAfterError(`  all flags: npx tune ${command.name()} --help`)
  }
  return program
}

function addServe(program: Command, finish: (code: number) => void): void {
  program
    .command('serve')
    .description('run the bundled server and its simulated upstreams until Ctrl-C')
    .option('--port <n>', 'port to listen on (default: SERVER_PORT, 8000; 0 for any)', wholeNumber(0, 65_535))
    .option('-w, --workers <n|auto>', 'workers (auto: one per usable CPU; 0: one process without workers)', servedBy)
    .option('--preset <name>', 'a named set of settings')
    .option('--config <file>', 'settings, one NAME=VALUE a line; read again on SIGHUP')
    .option('--set <KEY=VALUE>', 'one setting; repeatable', setting)
    .option('--cpus <n>', 'CPUs to use at most', cpuCount)
    .option('--print-settings', 'print every setting with its value and origin, and end')
    .addHelpText('after', SERVE_EXAMPLES)
    .action(async (flags: ServeFlags) => {
      const { runServe } = await import('./serve-command.ts')
      finish(await runServe(flags))
    })
}

/** A server may do without workers; what is measured may not. */
function servedBy(text: string): number | 'auto' {
  return text.trim() === '0' ? 0 : workerCount(text)
}

/** The options that stand on the command line, by their long names; defaults are left out. */
function flagsGiven(command: Command): readonly string[] {
  return command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long, flags }) => long ?? flags)
}

/** What commander says about a wrong command line, in the form of all other errors. */
function usageText(text: string): string {
  const [message = '', ...more] = text
    .replace(/^error: /, 'tune: ')
    .trimEnd()
    .split('\n')
  return [message, ...more.map((line) => `  ${line.replace(/^\((.*)\)$/, '$1')}`), ''].map(printable).join('\n')
}
