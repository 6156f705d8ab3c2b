import type { UpstreamFault } from '../server/messages.ts'

/** A fault in words: `answers 100 % with 500`, `takes 5 times as long`, `never answers, on and off every 2 s`. */
export function faultWords(fault: WithUndefined<UpstreamFault>): string {
  const { errorRate, latencyFactor, silence, body, capacity, flappingMs } = fault
  const words = [
    ...(errorRate === undefined ? [] : [`answers ${Number((errorRate * 100).toPrecision(3))} % with 500`]),
    ...(latencyFactor === undefined ? [] : [`takes ${Number(latencyFactor.toPrecision(3))} times as long`]),
    ...(silence === undefined ? [] : [silence === 'hang' ? 'never answers' : 'resets connections']),
    ...(body === undefined ? [] : [body === 'drip' ? 'answers byte by byte' : 'breaks its answers off']),
    ...(capacity === undefined ? [] : [`serves ${capacity} calls at a time`]),
  ]
  if (words.length === 0) return 'nothing is wrong'
  return [...words, ...(flappingMs === undefined ? [] : [`on and off every ${flappingMs / 1_000} s`])].join(', ')
}

/** As schemas give optional fields. */
type WithUndefined<T> = { readonly [Key in keyof T]: T[Key] | undefined }
