/** The whole style of the page, light and dark; no colour says anything that words do not. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --soft: light-dark(#57606a, #a3adb8); --line: light-dark(#d0d7de, #3a414a);
  --paper: light-dark(#ffffff, #14171b); --first: light-dark(#0b5cad, #6cb6ff); --second: light-dark(#9a4a00, #f0a860);
  --good: light-dark(#116329, #6fdd8b); --warning: light-dark(#7d4e00, #e3b341); --bad: light-dark(#b3171f, #ff8d85) }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.5rem } h2 { margin-top: 2.2rem; font-size: 1.15rem; border-bottom: 1px solid var(--line) } h3 { font-size: 1rem; margin-bottom: .3rem }
p { margin: .3rem 0; max-width: 70ch } .soft, caption, figcaption, summary { color: var(--soft) }
.valid, .pass { color: var(--good) } .suspect, .inconclusive { color: var(--warning) } .invalid, .fail { color: var(--bad) } .verdict { font-weight: 700 }
pre { padding: .6rem .8rem; border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere }
.scroll { overflow-x: auto } table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left } th, td { padding: .25rem .7rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
th { font-weight: 600 } .number { text-align: right; white-space: nowrap }
figure { margin: 1rem 0 } svg { width: 100%; height: auto; max-width: 760px } svg text { font-size: 12px; fill: var(--soft) }
.grid { stroke: var(--line); stroke-width: 1 } polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round }
polyline.first { stroke: var(--first) } polyline.second { stroke: var(--second); stroke-dasharray: 6 4 }
polyline.third { stroke: var(--bad); stroke-dasharray: 2 4 } .legend .third { color: var(--bad) }
.band { fill: var(--bad); opacity: .1 } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 0 1.5rem } .charts svg text { font-size: 17px }
.outcome-good { fill: var(--first); color: var(--first) } .outcome-shed, .outcome-limited { fill: var(--second); color: var(--second) }
.outcome-limited { opacity: .6 } .outcome-failed, .outcome-mismatched { fill: var(--bad); color: var(--bad) } .outcome-mismatched { opacity: .6 }
.outcome-timedOut, .outcome-lost, .outcome-unfinished { fill: var(--soft); color: var(--soft) } .outcome-lost { opacity: .7 } .outcome-unfinished { opacity: .4 }
.breaker-closed { fill: var(--good); color: var(--good) } .breaker-half-open { fill: var(--warning); color: var(--warning) }
.breaker-open { fill: var(--bad); color: var(--bad) } .breaker-disabled { fill: var(--line); color: var(--line) }
svg .breaker-closed, svg .breaker-half-open, svg .breaker-open { opacity: .35 }
.legend span { margin-right: 1.2rem } .legend .first { color: var(--first) } .legend .second { color: var(--second) }
@media print { details { display: none } body { max-width: none } }
`
