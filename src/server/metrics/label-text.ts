/**
 * The labels of a series as they stand on the page, `method="GET",route="/health"`; empty without labels.
 *
 * @param values as many as `names`
 * @throws {RangeError} when they are not as many
 */
export function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length !== values.length) throw new RangeError(`labels ${names.join()} got the values ${values.join()}`)
  return names.map((name, index) => `${name}="${escaped(values[index] ?? '')}"`).join(',')
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/, "Comments, help text, and type information" */
function escaped(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
