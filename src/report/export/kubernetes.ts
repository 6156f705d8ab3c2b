import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { commentLines, headLines, settingLines } from './comments.ts'
import { environmentOf, type Variable } from './environment.ts'
import type { ExportInput } from './export-input.ts'
import { autoscalerLines } from './kubernetes-autoscaler.ts'
import { quotedYaml } from './yaml-text.ts'

/**
 * Three documents: a ConfigMap, what to change of the Deployment, and a HorizontalPodAutoscaler. Of the Deployment only what
 * follows from the report, for a server-side apply, which merges it with the one that is there.
 */
export function renderKubernetes(input: ExportInput): string {
  const variables = environmentOf(input.advised)
  const lines = [
    ...headLines('#', [
      ...input.origin,
      '"app" stands for your Deployment and its container. Apply it to the Deployment that is there: kubectl apply --server-side -f THIS.',
    ]),
    ...configMapLines(variables),
    '---',
    ...deploymentLines(input, variables),
    '---',
    ...autoscalerLines(input),
  ]
  return `${lines.join('\n')}\n`
}

function configMapLines(variables: readonly Variable[]): readonly string[] {
  return [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: app-tune',
    variables.some(({ isSure }) => isSure) ? 'data:' : 'data: {}',
    ...variables.flatMap((variable) =>
      settingLines('  #', variable, `  ${variable.name}: ${quotedYaml(variable.value)}`),
    ),
  ]
}

function deploymentLines({ cpus, memoryBytes }: ExportInput, variables: readonly Variable[]): readonly string[] {
  const sure = variables.filter(({ isSure }) => isSure)
  const cpu = quotedYaml(`${Math.max(1, Math.floor(cpus * 1_000))}m`)
  const memory = quotedYaml(`${Math.max(1, Math.floor(memoryBytes / BYTES_PER_MEBIBYTE))}Mi`)
  return [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    '  name: app',
    'spec:',
    '  template:',
    '    spec:',
    '      containers:',
    '        - name: app',
    ...(sure.length === 0
      ? []
      : [
          ...commentLines('          #', [
            'Added to the variables that are there. One of these that has a "value" there already must lose it first: Kubernetes allows no second source.',
          ]),
          '          env:',
        ]),
    ...sure.flatMap(({ name }) => [
      `            - name: ${name}`,
      '              valueFrom:',
      '                configMapKeyRef:',
      '                  name: app-tune',
      `                  key: ${name}`,
    ]),
    ...commentLines('          #', [
      'The machine that was measured, which the values above were worked out for. Requests equal limits, so that the percentages of the autoscaler are those of what a pod can use.',
    ]),
    '          resources:',
    ...['requests', 'limits'].flatMap((kind) => [
      `            ${kind}:`,
      `              cpu: ${cpu}`,
      `              memory: ${memory}`,
    ]),
  ]
}
