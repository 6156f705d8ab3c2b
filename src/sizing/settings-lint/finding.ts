/** How sure a finding is: a contradiction by arithmetic, something that works and is hardly meant, or a remark. */
export type Severity = 'wrong' | 'doubtful' | 'info'

/** A setting as the file has it: the name that stands there, and the value without secrets. */
export interface WrittenSetting {
  readonly name: string
  readonly value: string
}

/** What a rule says of some settings. */
export interface Finding {
  /** A fixed word, for scripts that look for one rule. */
  readonly rule: string
  readonly severity: Severity
  /** Those that the finding is about; empty when it is about the expectations alone. */
  readonly settings: readonly WrittenSetting[]
  /** How it was worked out, with units. */
  readonly arithmetic: string
  /** What to do about it. */
  readonly change: string
}

const ORDER: readonly Severity[] = ['wrong', 'doubtful', 'info']

/** The worst first; findings that are equally bad stay in order. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
}
