/** Where the source documents scale out: percent of the CPU and of the memory, and requests in the queue. */
export const SCALE_OUT = { cpuPercent: 70, memoryPercent: 80, queued: 100 } as const

/** Where the source documents raise an alarm: percent of the CPU and of the memory. */
export const ALARM = { cpuPercent: 80, memoryPercent: 90 } as const

/** Above this share of the capacity waiting grows fast; pools are sized for it, too. */
export const SCALE_OUT_LOAD = 0.8

/** The rate of requests at which another machine or replica is due, three digits. */
export function scaleOutRate(capacityPerS: number): number {
  return Number((SCALE_OUT_LOAD * capacityPerS).toPrecision(3))
}
