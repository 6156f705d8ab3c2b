import type { UpstreamFault } from '../server/messages.ts'

/** A fault in words: `answers 100 % with 500`, `takes 5 times as long`, `never answers`, `resets connections`. */
export function faultWords({ errorRate, latencyFactor, silence }: WithUndefined<UpstreamFault>): string {
  const words = [
    ...(errorRate === undefined ? [] : [`answers ${Number((errorRate * 100).toPrecision(3))} % with 500`]),
    ...(latencyFactor === undefined ? [] : [`takes ${Number(latencyFactor.toPrecision(3))} times as long`]),
    ...(silence === undefined ? [] : [silence === 'hang' ? 'never answers' : 'resets connections']),
  ]
  return words.join(', ') || 'nothing is wrong'
}

/** As schemas give optional fields. */
type WithUndefined<T> = { readonly [Key in keyof T]: T[Key] | undefined }
