import type { HostFacts } from '../core/host-facts.ts'
import { detectHost } from '../host/detect.ts'
import { type DoctorCheck, runDoctorChecks } from '../host/doctor-checks.ts'
import { describeTopology, type Topology } from '../host/topology.ts'
import { formatBytes, formatNumber } from '../report/format.ts'
import { type Style, styleFor, type Tone } from '../report/style.ts'
import { printable } from '../report/terminal-text.ts'
import { EXIT } from './exit-codes.ts'
import { styleOf } from './terminal.ts'

const LABEL_WIDTH = 18

const STATUS: Readonly<Record<DoctorCheck['status'], { readonly word: string; readonly tone: Tone }>> = {
  ok: { word: 'ok  ', tone: 'good' },
  warn: { word: 'WARN', tone: 'warning' },
  unknown: { word: '?   ', tone: 'dim' },
}

/** Prints the facts of this machine and what could spoil a measurement; warnings are no failure. */
export async function runDoctor(flags: { readonly json?: boolean; readonly color: boolean }): Promise<number> {
  const host = detectHost()
  const checks = await runDoctorChecks(host)
  const topology = await describeTopology()
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ host, topology, checks }, null, 2)}\n`)
    return EXIT.done
  }
  const style = styleFor(styleOf(process.stdout, process.env, flags.color).color)
  process.stdout.write(
    [...facts(host, topology), '', ...checks.flatMap((check) => describeCheck(check, style)), summary(checks), ''].join(
      '\n',
    ),
  )
  return EXIT.done
}

function facts(host: HostFacts, topology: Topology | null): readonly string[] {
  const { cpus, memory } = host
  const cores =
    topology === null
      ? ''
      : `, ${topology.physicalCores} cores in ${topology.sockets} socket${topology.sockets === 1 ? '' : 's'}`
  return [
    fact('CPU', `${topology?.brand ?? cpus.model} (${cpus.logical} logical${cores})`),
    fact('usable CPUs', `${formatNumber(cpus.effective)}, set by ${cpus.source} (${cpus.origin})`),
    fact(
      'memory',
      `${formatBytes(memory.totalBytes)}, usable ${formatBytes(memory.limitBytes)}, set by ${memory.source} (${memory.origin})`,
    ),
    fact(
      'system',
      `${host.platform}, kernel ${host.kernel}, ${topology?.virtualization ?? host.virtualization ?? 'no virtualization seen'}`,
    ),
    fact('Node', host.nodeVersion),
    fact('fingerprint', `${host.fingerprint}  (results compare only where it is the same)`),
  ]
}

function fact(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${printable(text)}`
}

function describeCheck(check: DoctorCheck, style: Style): readonly string[] {
  const { word, tone } = STATUS[check.status]
  const advice = check.advice === null ? [] : [`${' '.repeat(LABEL_WIDTH + 5)}${printable(check.advice)}`]
  return [`${style(word, tone)} ${check.name.padEnd(LABEL_WIDTH)}${printable(check.found)}`, ...advice]
}

function summary(checks: readonly DoctorCheck[]): string {
  const warnings = checks.filter(({ status }) => status === 'warn').length
  return warnings === 0
    ? '\nNothing here would spoil a measurement.'
    : `\n${warnings} thing${warnings === 1 ? '' : 's'} could spoil a measurement.`
}
