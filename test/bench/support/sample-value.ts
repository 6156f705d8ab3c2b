/** What the servers that are compared answer: some rows, 1.2 KB of JSON, so that the compression layer has work. */
export const SAMPLE_VALUE = {
  rows: Array.from({ length: 24 }, (_, row) => ({ id: row, name: `row number ${row}`, weight: row * 1.25 })),
}
