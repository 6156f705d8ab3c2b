import { commentLines } from './comments.ts'
import type { ExportInput } from './export-input.ts'
import { SCALE_OUT, SCALE_OUT_LOAD, scaleOutRate } from './scale-out.ts'
import { quotedYaml } from './yaml-text.ts'

/** Nothing measured says how many there may be; a bound keeps a mistake from becoming expensive. */
const MOST_REPLICAS = 10

/**
 * A HorizontalPodAutoscaler of autoscaling/v2: by CPU and memory, which every cluster with a metrics server has. What needs an
 * adapter for custom metrics is a comment, because a metric that cannot be read keeps the autoscaler from scaling in.
 */
export function autoscalerLines(input: ExportInput): readonly string[] {
  const most = mostReplicas(input)
  return [
    'apiVersion: autoscaling/v2',
    'kind: HorizontalPodAutoscaler',
    'metadata:',
    '  name: app',
    'spec:',
    '  scaleTargetRef:',
    '    apiVersion: apps/v1',
    '    kind: Deployment',
    '    name: app',
    '  minReplicas: 1',
    ...commentLines('  #', [most.evidence]),
    `  maxReplicas: ${most.count}`,
    '  metrics:',
    ...commentLines('    #', [
      `Default of the source documents: scale out above ${SCALE_OUT.cpuPercent} % of the CPU and ${SCALE_OUT.memoryPercent} % of the memory.`,
    ]),
    ...resourceLines('cpu', SCALE_OUT.cpuPercent),
    ...resourceLines('memory', SCALE_OUT.memoryPercent),
    ...customMetricLines(input),
  ]
}

function mostReplicas({ database }: ExportInput): { readonly count: number; readonly evidence: string } {
  if (database === null) return { count: MOST_REPLICAS, evidence: 'Not measured: choose what your cluster can afford.' }
  const { connections, limit } = database
  const fitting = Math.max(1, Math.floor(limit / connections))
  return {
    count: Math.min(MOST_REPLICAS, fitting),
    evidence: `The database grants ${limit} connections to all, and a replica may open ${connections}: no more than ${fitting} at once, those of a roll-out included. Beyond that, choose what your cluster can afford.`,
  }
}

function resourceLines(resource: 'cpu' | 'memory', percent: number): readonly string[] {
  return [
    '    - type: Resource',
    '      resource:',
    `        name: ${resource}`,
    '        target:',
    '          type: Utilization',
    `          averageUtilization: ${percent}`,
  ]
}

function customMetricLines({ capacity }: ExportInput): readonly string[] {
  const rate = capacity === null ? null : scaleOutRate(capacity.perS)
  return [
    ...commentLines('    #', [
      `With an adapter for custom metrics, such as prometheus-adapter, take the marks away from what follows. Default of the source documents: more than ${SCALE_OUT.queued} requests wait.`,
    ]),
    ...podsMetricLines('tune_queue_length', SCALE_OUT.queued),
    ...(capacity === null || rate === null
      ? []
      : [
          ...commentLines('    #', [
            `${capacity.evidence} Scale out at ${100 * SCALE_OUT_LOAD} % of it. The adapter makes this metric from http_requests_total.`,
          ]),
          ...podsMetricLines('http_requests_per_second', rate),
        ]),
  ]
}

function podsMetricLines(name: string, average: number): readonly string[] {
  return [
    '- type: Pods',
    '  pods:',
    '    metric:',
    `      name: ${name}`,
    '    target:',
    '      type: AverageValue',
    `      averageValue: ${quotedYaml(quantity(average))}`,
  ].map((line) => `    # ${line}`)
}

/** Quantities of Kubernetes have no exponent below 1 000 and no sign `+`; thousandths do for any rate. */
function quantity(value: number): string {
  return Number.isInteger(value) && value < 1e15 ? String(value) : `${Math.max(1, Math.round(value * 1_000))}m`
}
