import type { Recommendation } from '../../core/recommendation.ts'
import { neededSwitch, settingText } from '../../core/recommended-setting.ts'
import type { ResolvedSettings } from '../../core/settings.ts'
import type { SizingAdvice } from '../../sizing/recommend.ts'
import type { TargetOptions } from '../target.ts'
import { type SettingChanges, workersChange } from './tuned-target.ts'
import type { Proposal } from './verify.ts'

/**
 * What of the advice can be tried here: the worker count for these CPUs, and of the others, where `triesAll`, what the
 * bundled server has in its table of settings, with the switches that it needs to have an effect. What is little sure is
 * left out, as it is from files.
 */
export function proposalOf(
  target: TargetOptions,
  workers: Proposal['workers'],
  { recommendations }: SizingAdvice,
  triesAll: boolean,
): Proposal {
  const { recommended, current } = workers
  const isOther = recommended !== null && recommended !== current
  const others = triesAll && target.kind === 'bundled' ? changesOf(target.settings, recommendations) : {}
  return { workers, changes: { ...(isOther ? workersChange(recommended) : {}), ...others } }
}

function changesOf(settings: ResolvedSettings, recommendations: readonly Recommendation[]): SettingChanges {
  const changed = recommendations.filter(
    ({ setting, value, current, confidence }) =>
      setting !== 'WEB_CONCURRENCY' && value !== current && confidence !== 'low' && settings.has(setting),
  )
  return Object.fromEntries(
    changed.flatMap((one) => {
      const needed = neededSwitch(one.setting)
      const itself = [one.setting, settingText(one)] as const
      return needed === undefined ? [itself] : [[needed.name, needed.text] as const, itself]
    }),
  )
}

/** The advice after a verification that spoke against it: what there is, for all that was tried; what is not set stays so. */
export function keepCurrent(advice: SizingAdvice): SizingAdvice {
  return { ...advice, recommendations: advice.recommendations.flatMap((one) => asItStands(one) ?? []) }
}

function asItStands({ interval, ...one }: Recommendation): Recommendation | null {
  if (one.current === null) return null
  if (one.current === one.value) return interval === undefined ? one : { ...one, interval }
  const explanation = 'Keep what you have: with the settings that the model recommends the target served less.'
  return { ...one, value: one.current, basis: 'measured', explanation }
}
