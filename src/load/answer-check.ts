import type { AnswerHeaders, AnswerParts, AnswerRules } from './answer-rules.ts'
import { headerOf } from './answer-rules.ts'
import { BodySearch } from './body-search.ts'
import { type AnswerOutcome, saysCacheHit } from './outcome.ts'

/** Of a body that has to be kept. */
const MAX_BODY_BYTES = 1_048_576
const NO_HEADERS: AnswerHeaders = []

/** A complete answer. */
export interface CheckedAnswerOutcome {
  readonly outcome: AnswerOutcome
  readonly statusCode: number
  readonly isCached: boolean
}

/** Follows one answer after the other, and tells of each what it counts as. Keeps of a body only what the request asks for. */
export class AnswerCheck {
  #rules: AnswerRules
  #client: number
  #statusCode = 0
  #headers = NO_HEADERS
  #search: BodySearch | undefined
  #body: Buffer[] | undefined
  #bodyBytes = 0

  /** @param client who sent the request: the same number that `RequestSource.next` was given */
  constructor(rules: AnswerRules, client: number) {
    this.#rules = rules
    this.#client = client
    this.#reset()
  }

  /** Begins with the answer to another request. */
  begin(rules: AnswerRules, client: number): void {
    this.#rules = rules
    this.#client = client
    this.#reset()
  }

  /** Of the final answer, not of a 1xx. @param headers read until `finish` */
  onHead(statusCode: number, headers: AnswerHeaders): void {
    this.#statusCode = statusCode
    this.#headers = headers
  }

  /** Takes the next piece of the body. */
  onBody(piece: Buffer): void {
    this.#search?.push(piece)
    if (this.#body === undefined || this.#bodyBytes >= MAX_BODY_BYTES) return
    const kept = piece.subarray(0, MAX_BODY_BYTES - this.#bodyBytes)
    this.#body.push(kept)
    this.#bodyBytes += kept.length
  }

  /**
   * The answer is complete. What the request captures is kept for its client when the answer is good.
   *
   * @throws {IncompleteError} when the check of a scenario module fails: the phase has failed
   */
  finish(): CheckedAnswerOutcome {
    const rules = this.#rules
    const answer: AnswerParts = {
      statusCode: this.#statusCode,
      headers: this.#headers,
      bodyIsRight: this.#search?.isFound ?? true,
      body: this.#body === undefined ? '' : Buffer.concat(this.#body).toString(),
    }
    const outcome = rules.judge(answer)
    if (outcome === 'good') rules.capture(this.#client, answer)
    const isCached = saysCacheHit(headerOf(this.#headers, 'x-cache'))
    return { outcome, statusCode: this.#statusCode, isCached }
  }

  #reset(): void {
    const { wantedText, needsBody } = this.#rules
    this.#statusCode = 0
    this.#headers = NO_HEADERS
    this.#search = wantedText === undefined ? undefined : new BodySearch(wantedText)
    this.#body = needsBody ? [] : undefined
    this.#bodyBytes = 0
  }
}
