import { ineffectiveSettings, settingErrors } from '../../core/settings-checks.ts'
import { SETTINGS } from '../../core/settings-table.ts'
import type { ResolvedSetting } from '../../core/resolved-setting.ts'
import type { Finding, Severity } from './finding.ts'
import type { LintInput } from './lint-input.ts'
import type { StatedSettings } from './stated-settings.ts'

/** Settings that have rules of their own here, with arithmetic. */
const JUDGED_ELSEWHERE = new Set(['REQUEST_TIMEOUT'])

/** Defaults without which the checks cannot tell what the stated settings mean. */
const CONTEXT = ['WEB_CONCURRENCY', 'CACHE_ENABLED', 'SERVER_HOST', 'SERVER_PORT', 'METRICS_HOST', 'METRICS_PORT']

/** What the checks of the bundled server say of settings that cannot be together, or that do nothing. */
export function effectFindings({ stated }: LintInput): readonly Finding[] {
  const context = withContext(stated)
  return [
    ...settingErrors(context).map((line) => remark('together', 'wrong', line, 'change one of them')),
    ...ineffectiveSettings(context).map((line) =>
      remark('no-effect', 'doubtful', line, 'leave it out, or change what keeps it from having an effect'),
    ),
  ]
}

function remark(rule: string, severity: Severity, arithmetic: string, change: string): Finding {
  return { rule, severity, settings: [], arithmetic, change }
}

function withContext(stated: StatedSettings): ReadonlyMap<string, ResolvedSetting> {
  // Whether metrics have a port of their own is known of the bundled server only: both must be stated.
  const names = stated.has('SERVER_PORT') && stated.has('METRICS_PORT') ? [...CONTEXT, 'ENABLE_METRICS'] : CONTEXT
  const defaults = SETTINGS.filter(({ name }) => names.includes(name)).map(
    (definition) => [definition.name, { definition, value: definition.default, origin: 'default' } as const] as const,
  )
  return new Map<string, ResolvedSetting>([...defaults, ...[...stated].filter(([name]) => !JUDGED_ELSEWHERE.has(name))])
}
