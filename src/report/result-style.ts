/** Style of report.html. Colours reach a contrast of 4.5:1 in both schemes; meaning never rests on colour alone. */
export const RESULT_STYLE = `
:root {
  --page: #f6f7f9; --card: #fff; --ink: #16202c; --soft: #55616f; --line: #d9dfe6;
  --good: #0b6b3a; --good-bg: #e2f5ea; --notice: #7a4d00; --notice-bg: #fdf1d6; --bad: #a3160f; --bad-bg: #fde7e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151b; --card: #18202a; --ink: #e6ebf1; --soft: #9dabba; --line: #2d3947;
    --good: #6fdc9f; --good-bg: #12321f; --notice: #f2c265; --notice-bg: #3a2c0c; --bad: #ff9a92; --bad-bg: #421613;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.25rem; }
h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
small, footer, .route, dt, caption, .none { color: var(--soft); }
.route { margin: 0 0 .25rem; }
.verdict { display: flex; gap: 1rem; align-items: center; margin: 0; padding: 1rem 1.25rem; border-radius: .75rem; border: 1px solid currentcolor; }
.verdict strong { font-size: 1.15rem; }
.mark { font-size: 1.75rem; font-weight: 700; }
.good { color: var(--good); background: var(--good-bg); }
.notice { color: var(--notice); background: var(--notice-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
dl { margin: 1.25rem 0 0; display: grid; gap: .75rem; }
dd { margin: 0; overflow-wrap: anywhere; }
dt { font-size: .85rem; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.tiles div { padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.tiles dd { font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.details { grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.scroll:focus-visible { outline: 3px solid var(--soft); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
caption { padding: .6rem .9rem 0; text-align: left; font-size: .85rem; }
th, td { padding: .55rem .9rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: .85rem; color: var(--soft); }
tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-size: .85rem; font-weight: 600; }
footer { padding-block: 2.5rem; font-size: .85rem; }
@media print { body { background: none; } .scroll { overflow: visible; } section { break-inside: avoid; } }
`;
