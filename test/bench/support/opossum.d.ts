/** The part of opossum that the rival server uses; the package brings no types. */
declare module 'opossum' {
  export default class CircuitBreaker<Result> {
    constructor(
      action: () => Promise<Result>,
      options: { readonly timeout: number; readonly resetTimeout: number; readonly volumeThreshold: number },
    )
    fire(): Promise<Result>
  }
}
