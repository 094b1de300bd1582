// The style sheet of the page that report_html.h makes.
#ifndef DIAPASON_TUNER_REPORT_REPORT_STYLE_H_
#define DIAPASON_TUNER_REPORT_REPORT_STYLE_H_

namespace diapason::tuner {

// CSS for the page's <style>: light and dark as the reader's system is set, and readable on a phone.
inline constexpr char kReportStyle[] = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f6f8; --rule: #dfe2e7; --ink: #1a1d21; --faint: #5c6570;
  --line: #1f6feb; --good: #2c8a57; --bad: #b3530f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --panel: #1e2227; --rule: #343a42; --ink: #e7eaee; --faint: #9ba5b1;
    --line: #6ba6ff; --good: #56bd86; --bad: #ee9253;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 66rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; }
.faint, .read { color: var(--faint); font-size: .9rem; }
.read { max-width: 46rem; }
.tiles {
  display: grid; margin: 1.25rem 0; gap: .75rem;
  grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
}
.tile { background: var(--panel); border-radius: .5rem; padding: .75rem 1rem; }
.tile b { display: block; font-size: 1.5rem; font-weight: 600; line-height: 1.3; }
.tile span { color: var(--faint); font-size: .85rem; display: block; line-height: 1.35; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
svg { display: block; }
svg.chart { width: 100%; height: auto; background: var(--panel); border-radius: .5rem; }
svg.small { width: 6.25rem; height: 1.75rem; }
svg text { fill: var(--faint); font: 11px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .line { stroke: var(--line); stroke-width: 1.75; fill: none; stroke-linejoin: round; }
svg .area { fill: var(--line); opacity: .12; }
svg .mark { fill: var(--line); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th, td {
  text-align: left; vertical-align: top;
  padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--rule);
}
th { color: var(--faint); font-weight: 500; vertical-align: bottom; }
.tasks th, .tasks .number { white-space: nowrap; }
.tasks td:first-child { min-width: 13rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: .85rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre {
  background: var(--panel); border-radius: .5rem; white-space: pre-wrap;
  padding: .6rem .9rem; margin: .25rem 0 1rem;
}
.facts th { width: 34%; padding-right: 1rem; vertical-align: top; }
.bar {
  display: grid; grid-template-columns: 9.5rem 1fr 4rem; gap: .75rem;
  align-items: center; margin: .75rem 0 0;
}
.bar div { height: .9rem; border-radius: .2rem; background: var(--bad); min-width: 2px; }
.bar .good { background: var(--good); }
.bar .number { font-size: .9rem; }
.trouble { color: var(--bad); }
@media (max-width: 40rem) {
  .bar { grid-template-columns: 8rem 1fr 3rem; }
  .tasks thead { display: none; }
  .tasks tr {
    display: grid; grid-template-columns: repeat(3, 1fr); gap: .25rem .75rem;
    padding: .6rem 0; border-bottom: 1px solid var(--rule);
  }
  .tasks td { border: 0; padding: 0; text-align: left; }
  .tasks td:first-child { grid-column: 1 / -1; min-width: 0; overflow-wrap: anywhere; }
  .tasks td::before { content: attr(data-name); display: block; color: var(--faint); font-size: .75rem; }
  .tasks td:first-child::before { content: none; }
}
)css";

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_STYLE_H_
