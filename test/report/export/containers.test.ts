import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parse } from 'yaml'

import { advice, ALL_KINDS_OF_ADVICE, ALL_KINDS_OF_VARIABLES, reportWith } from './export-fixture.ts'
import { contentOf, readExport } from './export-readers.ts'

type Tree = Readonly<Record<string, unknown>>

function kubernetesOf(...recommendations: Parameters<typeof reportWith>[0]): readonly Tree[] {
  return readExport('k8s', contentOf('k8s', reportWith(recommendations))) as readonly Tree[]
}

function autoscalerOf(documents: readonly Tree[]): Tree {
  return (documents[2] ?? {})['spec'] as Tree
}

function withHost(cpus: number, limitBytes: number): string {
  const report = reportWith(ALL_KINDS_OF_ADVICE)
  const host = {
    ...report.host,
    cpus: { ...report.host.cpus, effective: cpus },
    memory: { ...report.host.memory, limitBytes },
  }
  return contentOf('compose', { ...report, host }) + contentOf('k8s', { ...report, host })
}

test('a Compose fragment has the variables as texts, and the machine as the limits', () => {
  assert.deepEqual(readExport('compose', contentOf('compose', reportWith(ALL_KINDS_OF_ADVICE))), {
    services: {
      app: {
        environment: ALL_KINDS_OF_VARIABLES,
        // 8 321 499 136 bytes are 7 936 MiB.
        deploy: { resources: { limits: { cpus: '2', memory: '7936M' } } },
      },
    },
  })
})

test('fractions of CPUs are kept, and rounded down', () => {
  const content = withHost(1.509, 536_870_912)
  assert.match(content, /^ +cpus: "1\.5"$/m)
  assert.match(content, /^ +cpu: "1509m"$/m)
  assert.match(content, /^ +memory: "512M"$/m)
  assert.match(content, /^ +memory: "512Mi"$/m)
})

test('no machine is so small that it would have nothing', () => {
  const content = withHost(1e-9, 0)
  assert.deepEqual(content.match(/(?<=cpus?: ).*/g), ['"0.01"', '"1m"', '"1m"'])
  assert.deepEqual(content.match(/(?<=memory: ).*/g), ['"1M"', '"1Mi"', '"1Mi"'])
})

test('a ConfigMap of Kubernetes holds texts only, under names that it allows', () => {
  const [configMap] = kubernetesOf(...ALL_KINDS_OF_ADVICE)
  assert.deepEqual(configMap, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'app-tune' },
    data: ALL_KINDS_OF_VARIABLES,
  })
  for (const key of Object.keys(ALL_KINDS_OF_VARIABLES)) assert.match(key, /^[-._a-zA-Z0-9]{1,253}$/)
})

test('the container takes each variable from the ConfigMap, and keeps those that it has', () => {
  const [, deployment] = kubernetesOf(...ALL_KINDS_OF_ADVICE)
  const resources = { cpu: '2000m', memory: '7936Mi' }
  assert.deepEqual(deployment, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app' },
    // Lists of containers and variables are merged by name; neither envFrom nor replicas is touched.
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: 'app',
              env: Object.keys(ALL_KINDS_OF_VARIABLES).map((key) => ({
                name: key,
                valueFrom: { configMapKeyRef: { name: 'app-tune', key } },
              })),
              resources: { requests: resources, limits: resources },
            },
          ],
        },
      },
    },
  })
})

test("the autoscaler has the documents' thresholds, and what autoscaling/v2 requires", () => {
  const [, deployment, autoscaler] = kubernetesOf(advice('WEB_CONCURRENCY', 2))
  const target = (averageUtilization: number) => ({ type: 'Utilization', averageUtilization })
  assert.deepEqual(autoscaler, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'app' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: target(70) } },
        { type: 'Resource', resource: { name: 'memory', target: target(80) } },
      ],
    },
  })
  assert.deepEqual(deployment?.['metadata'], { name: 'app' })
})

test('there are no more replicas than the database has connections for', () => {
  // 97 connections, 32 for each.
  assert.equal(autoscalerOf(kubernetesOf(...ALL_KINDS_OF_ADVICE))['maxReplicas'], 3)
  const evidence = { connectionsTogether: 200, connectionLimit: 97 }
  assert.equal(autoscalerOf(kubernetesOf(advice('DATABASE_POOL_SIZE', 8, { evidence })))['maxReplicas'], 1)
})

test('the metrics that need an adapter are right once their marks are taken away', () => {
  const content = contentOf('k8s', reportWith(ALL_KINDS_OF_ADVICE))
  const uncommented = content.replaceAll(/^ {4}# (- type: Pods| {2}.*)$/gm, '    $1')
  const metrics = autoscalerOf(readExport('k8s', uncommented) as readonly Tree[])['metrics'] as readonly Tree[]
  const pods = (name: string, averageValue: string) => ({
    type: 'Pods',
    pods: { metric: { name }, target: { type: 'AverageValue', averageValue } },
  })
  // The documents' 100 requests, and 80 % of the measured 2 000/s.
  assert.deepEqual(metrics.slice(2), [pods('tune_queue_length', '100'), pods('http_requests_per_second', '1600')])
})

test('the capacity of a modelled number of workers is the modelled one', () => {
  const workers = ALL_KINDS_OF_ADVICE.find(({ setting }) => setting === 'WEB_CONCURRENCY')
  assert.ok(workers)
  const content = contentOf('k8s', reportWith([{ ...workers, basis: 'modelled' }]))
  // 80 % of 2 100/s.
  assert.match(content, /averageValue: "1680"/)
  assert.match(content, /Capacity 2,100\/s with WEB_CONCURRENCY=2, modelled/)
  const unsure = contentOf('k8s', reportWith([{ ...workers, confidence: 'low' }]))
  assert.doesNotMatch(unsure, /http_requests_per_second/)
})

test('a rate that is no whole number is given in thousandths', () => {
  const evidence = { measuredThroughputPerS: 0.77 }
  const workers = advice('WEB_CONCURRENCY', 1, { basis: 'measured', evidence })
  assert.match(contentOf('k8s', reportWith([workers])), /averageValue: "616m"/)
})

test('files are whole when nothing in them is sure', () => {
  const report = reportWith([advice('QUEUE_SIZE', 5, { confidence: 'low' })])
  const compose = parse(contentOf('compose', report)) as { services: { app: Tree } }
  assert.deepEqual(compose.services.app['environment'], {})
  const [configMap, deployment] = readExport('k8s', contentOf('k8s', report)) as readonly Tree[]
  assert.deepEqual(configMap?.['data'], {})
  assert.doesNotMatch(JSON.stringify(deployment), /env/)
})
