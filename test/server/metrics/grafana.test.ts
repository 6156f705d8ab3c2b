import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isFamilyName, METRIC_FAMILIES } from '../../../src/server/metrics/families.ts'

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number }
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

const dashboard = JSON.parse(readFileSync(new URL('../../../docs/grafana.json', import.meta.url), 'utf8')) as Dashboard

test('every expression of the dashboard asks for families that the server has, by labels that they have', () => {
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const names = [...expr.matchAll(/\b((?:http|health|tune)_\w+)\{/g)].map(([, name = '']) => name)
      assert.ok(names.length > 0, `${title}: ${expr}`)
      for (const name of names) {
        const family = name.replace(/_bucket$/, '')
        if (!isFamilyName(family)) assert.fail(`${title}: ${name} does not exist`)
        const { labels, isPerWorker, type } = METRIC_FAMILIES[family]
        assert.equal(name.endsWith('_bucket'), type === 'histogram', `${title}: ${name}`)
        const known = new Set<string>([...labels, ...(isPerWorker ? ['worker'] : []), 'le', 'job'])
        const used = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
        const unknown = used.filter((label) => !known.has(label))
        assert.deepEqual(unknown, [], `${title}: ${expr}`)
      }
    }
  }
})

test('the dashboard shows what somebody on call looks for, and no panel covers another', () => {
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n')
  for (const needed of ['http_requests_total', '0.5', '0.95', '0.99', 'status=~', 'tune_cache_hits_total'])
    assert.ok(expressions.includes(needed), needed)
  for (const needed of ['breaker_state', 'queue_length', 'pool_pending', 'cpu_seconds', 'resident', 'restarts'])
    assert.ok(expressions.includes(needed), needed)
  const places = dashboard.panels.map(({ gridPos: { x, y, w } }) => `${x} ${y} ${w}`)
  assert.equal(new Set(places).size, places.length)
})
