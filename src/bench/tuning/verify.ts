import type { Tuning } from '../../core/report.ts'
import { compareOutcome } from '../../gate/paired.ts'
import type { Calibration } from './calibrate.ts'
import type { EffortPlan } from './effort.ts'
import type { Probing } from './probing.ts'
import { saturate } from './saturate.ts'
import type { SettingChanges } from './tuned-target.ts'

/** What the recommended settings were found to be, beside the current ones. */
export type Verification = NonNullable<Tuning['verification']>

/** A difference that is not worth a change, as for the worker count itself. */
const MARGIN = 0.03

/** Of the settings that differ, so many fit into a line. */
const MOST_SHOWN = 4

/** What is held against the target as it stands. */
export interface Proposal {
  /** Only what differs. */
  readonly changes: SettingChanges
  readonly workers: { readonly recommended: number | null; readonly current: number | null }
}

/**
 * Starts the target by turns with the recommended and with the current settings, and compares the throughput at full load.
 * A difference that is plain needs few pairs; as more are only added while nothing can be told, a wrong verdict is a little
 * likelier than the interval says.
 *
 * @throws {UntrustedProbe} when the figures of a boot cannot be trusted
 */
export async function verify(
  probing: Probing,
  plan: EffortPlan,
  calibration: Calibration,
  { changes, workers }: Proposal,
): Promise<Verification> {
  const why = `${describeChanges(changes)} against the current settings`
  const throughputOf = async (side: 'recommended' | 'current'): Promise<number> => {
    const request = { purpose: 'verify', side, why, changes: side === 'recommended' ? changes : {} } as const
    return (await saturate(probing, plan, calibration, { ...request, workers: workers[side] })).run.goodputPerS
  }
  const ratios: number[] = []
  const { least, most } = plan.verifyPairs
  const isOpen = (): boolean => compareOutcome(ratios, { margin: MARGIN }).outcome === 'inconclusive'
  while (ratios.length < least || (ratios.length < most && isOpen())) {
    // By turns each side goes first: what drifts from boot to boot falls on both alike.
    const isFirst = ratios.length % 2 === 0
    const before = isFirst ? await throughputOf('recommended') : null
    const current = await throughputOf('current')
    ratios.push((before ?? (await throughputOf('recommended'))) / current)
  }
  const { outcome, ratio, interval, pairs } = compareOutcome(ratios, { margin: MARGIN })
  return { outcome, ratio, interval: interval === null ? null : [...interval], pairs, why }
}

/** Whether to keep the current settings: they were better, or looked better where nothing could be told. */
export function isHarmful({ outcome, ratio }: Verification): boolean {
  return outcome === 'worse' || (outcome === 'inconclusive' && ratio !== null && ratio < 1 - MARGIN)
}

/** The first of them, and how many more. */
function describeChanges(changes: SettingChanges): string {
  const all = Object.entries(changes).map(([name, value]) => `${name}=${value}`)
  const more = all.length - MOST_SHOWN
  return more > 0 ? `${all.slice(0, MOST_SHOWN).join(' ')} and ${more} more` : all.join(' ')
}
