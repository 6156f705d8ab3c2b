import type { Cancel, Clock, Milliseconds } from '../core/clock.ts'
import type { Run } from '../core/report.ts'
import type { UpstreamFault } from '../server/messages.ts'
import { faultWords } from './fault-words.ts'
import type { PlannedFault } from './phases.ts'

/** A fault as it was: seconds from the start of the phase, and what was wrong in words. */
export type AppliedFault = NonNullable<Run['faults']>[number]

/** Switches a fault on or, with `{}`, off; resolves when it is in effect. */
type SetFault = (upstream: string, fault: UpstreamFault) => Promise<void>

/** Switches the faults of one phase on and off, and keeps when it really happened. */
export class FaultTimeline {
  readonly #planned: readonly PlannedFault[]
  readonly #setFault: SetFault
  readonly #clock: Clock
  readonly #applied = new Map<PlannedFault, AppliedFault>()
  readonly #timers: Cancel[] = []
  /** By upstream: what is wrong now, and since when. */
  readonly #active = new Map<string, { readonly planned: PlannedFault; readonly sinceMs: Milliseconds }>()
  #startMs: Milliseconds | undefined
  /** Commands go out one after the other: their acknowledgements carry no name. */
  #queue: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  constructor(planned: readonly PlannedFault[], setFault: SetFault, clock: Clock) {
    this.#planned = planned
    this.#setFault = setFault
    this.#clock = clock
  }

  /** Switches on what is wrong from the first moment; before the phase starts. */
  async prepare(): Promise<void> {
    for (const planned of this.#planned) if (planned.fromMs === 0) this.#enqueue(() => this.#switchOn(planned))
    await this.#queue
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Sets the timers, once; again it does nothing. What was due already is done now. */
  begin(startMs: Milliseconds): void {
    if (this.#startMs !== undefined) return
    this.#startMs = startMs
    for (const planned of this.#planned) {
      if (planned.fromMs > 0) this.#at(planned.fromMs, () => this.#switchOn(planned))
      this.#at(planned.toMs, () => this.#switchOff(planned))
    }
  }

  /**
   * Switches everything off that is on.
   *
   * @returns what was wrong, in the order of the plan
   * @throws what the target threw when a fault could not be switched, after everything was tried
   */
  async end(): Promise<readonly AppliedFault[]> {
    for (const cancel of this.#timers) cancel()
    await this.#queue
    for (const { planned } of this.#active.values()) this.#enqueue(() => this.#switchOff(planned))
    await this.#queue
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#planned.flatMap((planned) => this.#applied.get(planned) ?? [])
  }

  #at(offsetMs: Milliseconds, command: () => Promise<void>): void {
    const delayMs = Math.max(0, (this.#startMs ?? 0) + offsetMs - this.#clock.now())
    this.#timers.push(this.#clock.schedule(delayMs, () => this.#enqueue(command)))
  }

  #enqueue(command: () => Promise<void>): void {
    this.#queue = this.#queue.then(command).catch((error: unknown) => {
      this.#failure ??= { error }
    })
  }

  async #switchOn(planned: PlannedFault): Promise<void> {
    await this.#setFault(planned.upstream, planned.fault)
    this.#close(planned.upstream)
    this.#active.set(planned.upstream, { planned, sinceMs: this.#clock.now() })
  }

  async #switchOff(planned: PlannedFault): Promise<void> {
    // The next fault of this upstream may have replaced it in the same moment.
    if (this.#active.get(planned.upstream)?.planned !== planned) return
    await this.#setFault(planned.upstream, {})
    this.#close(planned.upstream)
  }

  #close(upstream: string): void {
    const active = this.#active.get(upstream)
    if (active === undefined) return
    this.#active.delete(upstream)
    const startMs = this.#startMs ?? this.#clock.now()
    this.#applied.set(active.planned, {
      upstream,
      fromS: Math.max(0, active.sinceMs - startMs) / 1_000,
      toS: Math.max(0, this.#clock.now() - startMs) / 1_000,
      fault: faultWords(active.planned.fault),
    })
  }
}
