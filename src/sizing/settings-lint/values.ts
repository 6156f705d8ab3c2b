import type { Finding, Severity } from './finding.ts'
import type { LintInput } from './lint-input.ts'
import type { OddValue } from './stated-settings.ts'

/** `$NAME` or `${NAME:-4}`, which whoever reads the file fills in. */
const REFERENCE = /\$\{?[A-Za-z_]/

/**
 * Values that the settings table does not allow. A number that is none is wrong in any service; numbers beyond the range, and
 * words and texts of another form, may be right in another service than the bundled one. Texts are not repeated.
 */
export function valueFindings({ odd }: LintInput): readonly Finding[] {
  return odd.map((value): Finding => {
    const { definition, written, allowed, isReadable } = value
    const isText = definition.kind === 'text' || definition.kind === 'list'
    return {
      rule: isReadable ? 'range' : 'value',
      severity: isReadable ? 'doubtful' : severityOf(value),
      settings: [isText ? { ...written, value: '…' } : written],
      arithmetic: isReadable
        ? `tune serve takes ${allowed} and would not start with it; it is judged as it stands`
        : `tune serve takes ${allowed}, and this is none of it: it is not judged`,
      change: severityOf(value) === 'info' ? 'nothing, if another service reads it' : `a value that is ${allowed}`,
    }
  })
}

/** One setting under two names with two values: which one counts depends on who reads it. */
export function disagreementFindings({ disagreeing }: LintInput): readonly Finding[] {
  return disagreeing.map((settings): Finding => ({
    rule: 'two-names',
    severity: 'doubtful',
    settings,
    arithmetic: `these names mean one setting and have different values; ${settings[0]?.name ?? ''} is judged`,
    change: 'keep one of them',
  }))
}

/** Of a value that cannot be read. */
function severityOf({ definition, written }: OddValue): Severity {
  if (REFERENCE.test(written.value)) return 'info'
  switch (definition.kind) {
    case 'integer':
    case 'duration':
    case 'bytes':
      return 'wrong'
    case 'boolean':
      return 'doubtful'
    case 'choice':
    case 'text':
    case 'list':
      return 'info'
  }
}
