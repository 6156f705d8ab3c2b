/** Columns and rows of the terminal. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** What the panels would like to show. */
export interface Wishes {
  readonly measuredPhases: number
  readonly processes: number
}

/** How the terminal is divided: all panels, or one where they find no room. */
export type Layout =
  | {
      readonly kind: 'panels'
      readonly columns: number
      readonly rows: number
      /** Phases in the trust panel, 0 or more. */
      readonly phaseRows: number
      /** Rows of processes; 0 leaves the panel out. */
      readonly processRows: number
      /** Height of each chart, 1 or more. */
      readonly chartRows: number
      readonly hasFooter: boolean
    }
  | { readonly kind: 'compact'; readonly columns: number; readonly rows: number }

/** What a box takes from the width of what is in it: two borders, two spaces. */
export const BOX_COLUMNS = 4

const LEAST_COLUMNS = 60
const LEAST_ROWS = 15
const HEADER_ROWS = 2
const BOX_ROWS = 2
/** Trust: what is offered now. Throughput: the counts below its chart. */
const LINES_BESIDE_CHARTS = 2
const CHARTS = 4
/** Higher ones say no more. */
const MAX_CHART_ROWS = 6
const LEAST_PROCESS_COLUMNS = 35

/** How many processes stand beside each other. */
export function processesPerRow(columns: number): number {
  return Math.max(1, Math.floor((columns - BOX_COLUMNS) / LEAST_PROCESS_COLUMNS))
}

/**
 * Divides the terminal. What matters most gets its rows first: the charts, the trust in the figures, the processes; what is
 * left makes the charts higher. The last row of the terminal stays free, because Ink clears the terminal with its history
 * before every frame that fills it.
 */
export function planLayout({ columns, rows }: TerminalSize, { measuredPhases, processes }: Wishes): Layout {
  const usable = Math.max(0, rows - 1)
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) return { kind: 'compact', columns, rows: usable }
  let free = usable - HEADER_ROWS - 3 * BOX_ROWS - LINES_BESIDE_CHARTS - CHARTS
  const take = (wanted: number): number => {
    const taken = Math.max(0, Math.min(wanted, free))
    free -= taken
    return taken
  }
  const hasFooter = take(1) === 1
  let phaseRows = take(Math.min(1, measuredPhases))
  let processRows = free > BOX_ROWS ? take(BOX_ROWS + 1) - BOX_ROWS : 0
  phaseRows += take(measuredPhases - phaseRows)
  if (processRows > 0) processRows += take(Math.ceil(processes / processesPerRow(columns)) - processRows)
  const chartRows = Math.min(MAX_CHART_ROWS, 1 + Math.floor(free / CHARTS))
  return { kind: 'panels', columns, rows: usable, phaseRows, processRows, chartRows, hasFooter }
}
