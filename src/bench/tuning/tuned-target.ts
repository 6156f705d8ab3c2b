import type { Placement } from '../../core/host-facts.ts'
import { parseSettingValue } from '../../core/setting-value.ts'
import type { ResolvedSettings } from '../../core/settings.ts'
import { serverOptions } from '../../server/options.ts'
import { workersFor } from '../../server/worker-count.ts'
import { hasPlaceholder } from '../command-target.ts'
import type { TargetOptions } from '../target.ts'

/** Whether the target can be started with another worker count. */
export function takesWorkers(target: TargetOptions): boolean {
  return target.kind === 'bundled' || (target.kind === 'command' && hasPlaceholder(target, 'workers'))
}

/** The worker count that it has as it stands; null when nothing here decides on it. */
export function currentWorkers(target: TargetOptions, { targetEffectiveCpus }: Placement): number | null {
  if (target.kind === 'bundled') return serverOptions(target.settings, targetEffectiveCpus).workers
  if (target.kind === 'url' || !takesWorkers(target)) return null
  return target.workers === 'auto' ? workersFor({ kind: 'per-cpu' }, targetEffectiveCpus) : target.workers
}

/** Settings by name, each as the settings table reads it. */
export type SettingChanges = Readonly<Record<string, string>>

/** The setting that gives the target its workers, whatever it calls them itself. */
export function workersChange(workers: number): SettingChanges {
  return { WEB_CONCURRENCY: String(workers) }
}

/** The same target with other settings; of those that it does not have, or does not allow, nothing is changed. */
export function withSettings(target: TargetOptions, changes: SettingChanges): TargetOptions {
  switch (target.kind) {
    case 'bundled':
      return { ...target, settings: changed(target.settings, changes) }
    case 'command': {
      const workers = changes['WEB_CONCURRENCY']
      return workers === undefined || !takesWorkers(target) ? target : { ...target, workers: Number(workers) }
    }
    case 'url':
      return target
  }
}

function changed(settings: ResolvedSettings, changes: SettingChanges): ResolvedSettings {
  return new Map(
    [...settings].map(([name, setting]) => {
      const text = changes[name]
      const value = text === undefined ? undefined : parseSettingValue(setting.definition, text)
      return [name, value === undefined ? setting : { ...setting, value, origin: 'flag' }] as const
    }),
  )
}
