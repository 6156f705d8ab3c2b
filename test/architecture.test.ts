import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const SOURCE = resolve(import.meta.dirname, '../src')

/** Imports go down only; neighbours on a floor never import each other. */
const FLOOR: Readonly<Record<string, number>> = {
  cli: 8,
  dashboard: 7,
  bench: 6,
  fleet: 6,
  load: 5,
  server: 5,
  report: 5,
  host: 4,
  sizing: 3,
  gate: 3,
  stats: 2,
  resilience: 2,
  core: 1,
}

/** Folders that take time, randomness and streams as arguments, and the packages that each may use. */
const PURE_FOLDER_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  core: ['zod'],
  stats: ['hdr-histogram-js'],
  resilience: ['lru-cache'],
  sizing: [],
  gate: [],
  report: [],
}

/** Packages that only one folder may import. */
const PACKAGE_OWNER: Readonly<Record<string, string>> = {
  ink: 'dashboard',
  react: 'dashboard',
  autocannon: 'load',
  commander: 'cli',
  yaml: 'bench',
  'csv-parse': 'bench',
  diff: 'cli',
  'http-parser-js': 'load',
  'string-argv': 'cli',
  systeminformation: 'host',
  'hdr-histogram-js': 'stats',
  'lru-cache': 'resilience',
  zod: 'core',
  piscina: 'server',
  pg: 'server',
  redis: 'server',
}

const AMBIENT =
  /\b(?:Date\.now|new Date\(\)|performance\.now|Math\.random|process\.|console\.|setTimeout|setInterval|setImmediate)\b/

interface SourceFile {
  readonly path: string
  readonly folder: string
  readonly code: string
  readonly imports: readonly string[]
}

const files: readonly SourceFile[] = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => {
    const text = readFileSync(join(SOURCE, path), 'utf8')
    const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
    const statements = code.matchAll(
      /^(?:import|export)\b[^'";]*?from '([^'\n]+)'|^import '([^'\n]+)'|\bimport\('([^'\n]+)'\)/gm,
    )
    const imports = [...statements].map((match) => String(match[1] ?? match[2] ?? match[3]))
    return { path, folder: path.includes('/') ? String(path.split('/')[0]) : '', code, imports }
  })

function folderOf(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const target = relative(SOURCE, resolve(SOURCE, dirname(file.path), specifier))
  return target.includes('/') ? String(target.split('/')[0]) : ''
}

function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}

test('every source folder stands on a known floor', () => {
  assert.ok(files.length > 20, `only ${files.length} source files were found`)
  const strangers = files.filter((file) => file.folder !== '' && FLOOR[file.folder] === undefined)
  assert.deepEqual(
    strangers.map((file) => file.path),
    [],
  )
})

test('imports go down, and neighbours on a floor do not import each other', () => {
  const upward = files.flatMap((file) =>
    file.imports
      .map((specifier) => ({ specifier, to: folderOf(file, specifier) }))
      .filter(({ to }) => to !== undefined && file.folder !== '' && to !== file.folder)
      .filter(({ to }) => to === '' || (FLOOR[String(to)] ?? 99) >= (FLOOR[file.folder] ?? 0))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  )
  assert.deepEqual(upward, [])
})

test('the public entry is imported by nothing inside', () => {
  const importers = files.filter(
    (file) => file.path !== 'index.ts' && file.imports.some((name) => /(^|\/)\.\.\/index\.ts$/.test(name)),
  )
  assert.deepEqual(
    importers.map((file) => file.path),
    [],
  )
})

test('pure folders use no Node module, no ambient time, randomness or console, and only the packages they own', () => {
  const impure = files.flatMap((file) => {
    const allowed = PURE_FOLDER_PACKAGES[file.folder]
    if (allowed === undefined) return []
    const foreign = file.imports.filter(
      (name) =>
        name.startsWith('node:') ||
        builtinModules.includes(name) ||
        (!allowed.includes(packageOf(name) ?? allowed[0] ?? name) && packageOf(name) !== undefined),
    )
    const ambient = AMBIENT.exec(file.code)?.[0]
    return [
      ...foreign.map((name) => `${file.path} imports ${name}`),
      ...(ambient === undefined ? [] : [`${file.path} uses ${ambient}`]),
    ]
  })
  assert.deepEqual(impure, [])
})

test('a package with an owner is imported by that folder alone', () => {
  const trespassers = files.flatMap((file) =>
    file.imports
      .map((specifier) => packageOf(specifier))
      .filter((name) => name !== undefined && PACKAGE_OWNER[name] !== undefined && PACKAGE_OWNER[name] !== file.folder)
      .map((name) => `${file.path} imports ${name}`),
  )
  assert.deepEqual(trespassers, [])
})

test('the dashboard is reached by a process entry or a dynamic import only', () => {
  const eager = files
    .filter((file) => file.folder !== 'dashboard')
    .filter((file) => /^import\s(?!type).*from '[^']*dashboard\//m.test(file.code))
  assert.deepEqual(
    eager.map((file) => file.path),
    [],
  )
})

test('no source file is longer than 300 lines', () => {
  const long = files.filter((file) => readFileSync(join(SOURCE, file.path), 'utf8').split('\n').length > 301)
  assert.deepEqual(
    long.map((file) => file.path),
    [],
  )
})
