export { meanInterval, type MeanInterval, quantileRanks, type RankInterval } from './confidence.ts'
export { LatencyHistogram } from './latency-histogram.ts'
export { median, nearestRank, relativeSpread } from './percentile.ts'
