import { UsageError } from '../core/errors.ts'
import type { RunFlags } from './run-flags.ts'

type Rule = readonly [found: string | undefined, hint: string]

/**
 * Refuses flags that do not belong together, so that none is ignored without a word.
 *
 * @param scenario as it was named; undefined when none was
 * @throws {UsageError} naming the flags and what to do
 */
export function checkCombination(flags: RunFlags, scenario: string | undefined): void {
  for (const [found, hint] of rulesFor(flags, scenario)) if (found !== undefined) throw new UsageError(found, { hint })
}

function rulesFor(flags: RunFlags, scenario: string | undefined): readonly Rule[] {
  const isBundled = flags.url === undefined && flags.cmd === undefined
  const ofRequest = { '-m': flags.method, '-b': flags.body }
  const ofBundled = { '--preset': flags.preset, '--set': flags.set }
  const ofCommand = { '--port': flags.port, '--env': flags.env }
  const ofAddress = { '--insecure': flags.insecure, '--allow-remote': flags.allowRemote }
  const started = 'configure that server where it is started'
  return [
    [
      isBundled ? given({ ...ofRequest, '-H': flags.header, ...ofAddress }, 'needs --url or --cmd') : undefined,
      'the bundled server is sent what a scenario says: npx tune scenarios',
    ],
    [
      flags.cmd === undefined ? given(ofCommand, 'needs --cmd') : undefined,
      'for example: --cmd "node app.js" --port 3000',
    ],
    [
      isBundled ? undefined : given(ofBundled, `is for the bundled server and cannot be used with ${nameOf(flags)}`),
      flags.cmd === undefined ? started : 'tell the command with --env NAME=VALUE',
    ],
    [
      flags.cmd === undefined && flags.url !== undefined
        ? given({ '-w': flags.workers }, 'is for the bundled server or --cmd and cannot be used with --url')
        : undefined,
      started,
    ],
    [
      flags.cmd === undefined && flags.url?.kind === 'path'
        ? `--url "${flags.url.path}" is a path without a server`
        : undefined,
      'give the whole address, such as http://127.0.0.1:3000/items, or start the server with --cmd',
    ],
    [
      flags.cmd !== undefined && flags.url?.kind === 'address' ? '--cmd and --url both name a server' : undefined,
      'leave one out; beside --cmd, --url takes a path, such as /items',
    ],
    [
      flags.cmd === undefined ? undefined : given(ofAddress, 'is for --url and cannot be used with --cmd'),
      'tune reaches the command over plain http on this machine; leave it out',
    ],
    [
      scenario === undefined
        ? undefined
        : given(
            { ...ofRequest, '--url with a path': hasPath(flags) || undefined },
            `cannot be used with a scenario, which says itself what is sent ("${scenario}")`,
          ),
      flags.cmd === undefined && flags.url?.kind === 'address'
        ? `give the server alone, --url ${flags.url.url.origin}/, or leave the scenario out to send one request`
        : 'change the scenario file, or leave the scenario out to send one request',
    ],
    [
      flags.arrivals !== undefined && flags.rate === undefined ? '--arrivals needs -r' : undefined,
      'for example: -r 100 --arrivals poisson',
    ],
    [
      flags.placement === 'quota' && flags.cpus === undefined
        ? '--placement quota needs --cpus, the CPUs that the target gets'
        : undefined,
      'for example: --placement quota --cpus 1.5',
    ],
  ]
}

function hasPath({ url }: RunFlags): boolean {
  return url?.kind === 'path' || (url?.kind === 'address' && url.url.pathname + url.url.search !== '/')
}

function nameOf(flags: RunFlags): string {
  return flags.cmd === undefined ? '--url' : '--cmd'
}

/** The given ones of these flags and what is wrong with them; undefined when none is given. */
function given(flags: Readonly<Record<string, unknown>>, problem: string): string | undefined {
  const names = Object.keys(flags).filter((name) => flags[name] !== undefined)
  return names.length === 0 ? undefined : `${names.join(', ')} ${problem}`
}
