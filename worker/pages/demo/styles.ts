/** Colours first, so that light and dark are one list each. Text on its ground has a contrast of at least 4.5 : 1. */
const COLOURS = `
:root {
  color-scheme: light dark;
  --paper: #f7f3ec; --card: #fffdf9; --ink: #23201c; --soft: #5f584f; --line: #e3dacd; --edge: #8c8377;
  --band: #1d5a5e; --on-band: #ffffff; --sea: #1d5a5e; --sea-hover: #154649; --on-sea: #ffffff; --tint: #e4eeec;
  --panel: #ffffff; --panel-line: #dfe3e8; --code: #f2f4f6; --violet: #5546c9;
  --good: #17683f; --good-tint: #e0f2e7; --wait: #8a5200; --wait-tint: #fdf0d9; --bad: #a3261c;
  --shadow: 0 1px 2px rgb(50 35 15 / .06), 0 12px 32px -12px rgb(50 35 15 / .18);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #151817; --card: #1d2120; --ink: #efeae2; --soft: #b3ada3; --line: #313634; --edge: #7d8280;
    --band: #20312f; --on-band: #e4efed; --sea: #8ccdc7; --sea-hover: #a9dcd7; --on-sea: #0c2a2c; --tint: #20312f;
    --panel: #191c22; --panel-line: #2e333c; --code: #23272f; --violet: #aaa0ff;
    --good: #7fd6a4; --good-tint: #17301f; --wait: #f0bd6c; --wait-tint: #352812; --bad: #ff9c90;
    --shadow: 0 1px 2px rgb(0 0 0 / .4), 0 16px 40px -16px rgb(0 0 0 / .7);
  }
  .art, .hero-art { filter: brightness(.9) saturate(.95); }
}`;

const BASICS = `
*, *::before, *::after { box-sizing: border-box; }
html { text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1, h2, h3, p, ol, ul, dl, dd, pre { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h2, h3, h4, p, dd { overflow-wrap: break-word; }
h1, .serif { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif; }
h1 { font-size: clamp(2.1rem, 1.2rem + 3.4vw, 3.5rem); line-height: 1.06; letter-spacing: -.02em; font-weight: 600; text-wrap: balance; }
h2.serif { font-size: 1.75rem; line-height: 1.15; letter-spacing: -.01em; font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
a { color: var(--sea); text-underline-offset: .18em; }
a:hover { color: var(--sea-hover); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .86em; }
:focus-visible { outline: 3px solid var(--violet); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: 1rem; top: -6rem; z-index: 2; padding: .75rem 1rem; background: var(--ink); color: var(--paper); }
.skip:focus { top: .75rem; color: var(--paper); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 44px; padding: .5rem 1.15rem;
  border: 1px solid transparent; border-radius: 999px; background: var(--sea); color: var(--on-sea);
  font: inherit; font-weight: 600; line-height: 1.2; text-decoration: none; cursor: pointer;
}
button:hover, .button:hover { background: var(--sea-hover); color: var(--on-sea); }
button.quiet { background: transparent; border-color: var(--edge); color: var(--ink); }
button.quiet:hover { background: var(--code); }
button.small { min-height: 36px; padding: .3rem .85rem; font-size: .875rem; }
label { display: block; margin-bottom: .3rem; font-weight: 600; font-size: .95rem; }
input {
  width: 100%; min-height: 46px; padding: .5rem .85rem; border: 1px solid var(--edge); border-radius: 12px;
  background: var(--card); color: var(--ink); font: inherit;
}
input[aria-invalid="true"] { border-color: var(--bad); border-width: 2px; }
.problem { margin-top: .3rem; color: var(--bad); font-size: .9rem; }
@media (prefers-reduced-motion: no-preference) {
  button, .button, a { transition: background-color .15s, color .15s; }
  .product { transition: transform .25s, box-shadow .25s; }
  .product:hover { transform: translateY(-3px); }
}`;

const SHOP = `
.notice { padding: .5rem 1rem; background: var(--band); color: var(--on-band); text-align: center; font-size: .875rem; }
.notice a { display: inline-block; color: inherit; }
.wide { width: min(100% - 2rem, 86rem); margin-inline: auto; }
.masthead { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: center; justify-content: space-between; padding-block: 1rem; }
.brand { display: inline-flex; gap: .6rem; align-items: center; min-height: 44px; color: var(--ink); text-decoration: none; }
.brand svg { width: 34px; flex: none; }
.brand .serif { font-size: 1.45rem; font-weight: 600; letter-spacing: -.01em; }
.masthead ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
.masthead li a { display: inline-flex; align-items: center; min-height: 44px; color: var(--ink); text-decoration: none; font-weight: 500; }
.masthead li a:hover { color: var(--sea); text-decoration: underline; }
.layout { display: grid; gap: 2.5rem; padding-bottom: 4rem; }
main { min-width: 0; }
.hero { display: grid; gap: 1.5rem; padding-block: .5rem 2.5rem; align-items: center; }
.hero-art, .art { border-radius: 20px; }
.hero p { max-width: 34rem; margin-top: 1rem; color: var(--soft); font-size: 1.125rem; text-wrap: pretty; }
.hero .button { margin-top: 1.5rem; }
.eyebrow { color: var(--sea); font-size: .8125rem; font-weight: 700; letter-spacing: .09em; text-transform: uppercase; }
.hero .eyebrow { margin: 0 0 .75rem; color: var(--sea); font-size: .8125rem; }
.section-head { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; margin-bottom: 1.25rem; }
.section-head p { color: var(--soft); }
.products { display: grid; gap: clamp(.75rem, 2vw, 1.25rem); grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--card-width, 9.75rem)), 1fr)); }
.product { display: flex; flex-direction: column; overflow: hidden; border: 1px solid var(--line); border-radius: 20px; background: var(--card); }
.product:hover { box-shadow: var(--shadow); }
.product .art { border-radius: 0; }
.product-text { display: flex; flex: 1; flex-direction: column; gap: .15rem; padding: clamp(.75rem, 2vw, 1.1rem); }
.product h3 { font-size: 1.0625rem; font-weight: 650; }
.product p { color: var(--soft); font-size: .9375rem; }
.product-buy { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; justify-content: space-between; margin-top: auto; padding-top: .85rem; }
.price { font-weight: 650; font-variant-numeric: tabular-nums; color: var(--ink); }
.promises { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); margin-block: 2.5rem; padding-block: 1.5rem; border-block: 1px solid var(--line); }
.promises strong { display: block; }
.promises li { color: var(--soft); font-size: .9375rem; }
.promises strong { color: var(--ink); }
.account { display: grid; gap: 1.5rem; padding: clamp(1.25rem, 4vw, 2.25rem); border-radius: 24px; background: var(--tint); }
.account p { margin-top: .5rem; color: var(--soft); }
.account form { display: grid; gap: 1rem; align-content: start; }
.account .problem { color: var(--bad); margin-top: .3rem; }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
footer .wide { display: flex; flex-wrap: wrap; gap: .5rem 2rem; justify-content: space-between; padding-block: 1.5rem 2.5rem; }
@media (min-width: 44rem) {
  .products { --card-width: 15rem; }
  .hero { grid-template-columns: minmax(0, 1fr) minmax(0, 1.05fr); }
  .account { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
}
@media (min-width: 70rem) {
  .layout { grid-template-columns: minmax(0, 1fr) 25.5rem; align-items: start; }
  .happened { position: sticky; top: 1rem; max-height: calc(100dvh - 2rem); overflow-y: auto; overscroll-behavior: contain; }
}`;

const PANEL = `
.happened { border: 1px solid var(--panel-line); border-radius: 20px; background: var(--panel); box-shadow: var(--shadow); }
.happened-head { padding: 1.1rem 1.25rem; border-bottom: 1px solid var(--panel-line); }
.happened-head .by { display: flex; gap: .45rem; align-items: center; color: var(--violet); font-size: .8125rem; font-weight: 700; }
.happened-head .by svg { width: 18px; flex: none; }
.happened h2 { margin-top: .2rem; scroll-margin-top: 3.75rem; font-size: 1.3rem; letter-spacing: -.01em; line-height: 1.25; }
.happened-head [role="status"] { margin-top: .35rem; color: var(--soft); }
.steps { padding: 1.1rem 1.25rem .25rem; }
.step { position: relative; padding: 0 0 1.35rem 2.1rem; }
.step::before { content: ""; position: absolute; left: .6875rem; top: 1.6rem; bottom: -.1rem; width: 2px; background: var(--panel-line); }
.step:last-child::before { display: none; }
.mark { position: absolute; left: 0; top: .1rem; width: 1.5rem; height: 1.5rem; border-radius: 50%; }
.step h3 { font-size: 1rem; line-height: 1.7rem; }
.step p, .step li { font-size: .9375rem; }
.step p { color: var(--soft); }
.step p + p, .step p + form, .step ul, .step dl, .step details { margin-top: .6rem; }
.step .button { margin-top: .6rem; }
.fact { padding: .1rem .4rem; border-radius: 6px; background: var(--code); color: var(--ink); overflow-wrap: anywhere; }
.order { margin-top: .75rem; padding: .85rem .95rem; border: 1px solid var(--panel-line); border-radius: 14px; }
.order-head { display: flex; flex-wrap: wrap; gap: .3rem .75rem; align-items: center; justify-content: space-between; }
.order-head h4 { margin: 0; font-size: .9375rem; }
.badge { padding: .12rem .6rem; border-radius: 999px; background: var(--wait-tint); color: var(--wait); font-size: .8125rem; font-weight: 600; }
.badge.good { background: var(--good-tint); color: var(--good); }
.badge.off { background: var(--code); color: var(--soft); }
.sum { font-variant-numeric: tabular-nums; }
.sum div { display: flex; gap: 1rem; justify-content: space-between; padding-block: .12rem; font-size: .9375rem; }
.sum dt { color: var(--soft); }
.sum dd { white-space: nowrap; }
.sum .total { margin-top: .3rem; padding-top: .4rem; border-top: 1px solid var(--panel-line); font-weight: 700; }
.sum .total dt { color: var(--ink); }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .7rem; }
.purse { padding: 1rem 1.25rem; border-bottom: 1px solid var(--panel-line); }
.purse h3 { font-size: 1rem; }
.purse dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .6rem; margin-block: .6rem; }
.purse dl div { padding: .6rem .8rem; border-radius: 12px; background: var(--code); }
.purse .good { background: var(--good-tint); }
.purse dt { color: var(--soft); font-size: .8125rem; font-weight: 600; }
.purse dd { font-size: 1.2rem; font-weight: 700; font-variant-numeric: tabular-nums; letter-spacing: -.01em; }
.purse .good dd { color: var(--good); }
.purse p { color: var(--soft); font-size: .9375rem; }
.purse strong { color: var(--ink); font-weight: 600; }
.purse form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin-top: .5rem; }
details summary { display: inline-flex; align-items: center; min-height: 28px; overflow-wrap: anywhere; color: var(--violet); font-size: .875rem; font-weight: 600; cursor: pointer; }
details summary::before { content: "+"; width: 1.1em; }
details[open] summary::before { content: "–"; }
details pre { margin-top: .35rem; padding: .75rem; border-radius: 10px; background: var(--code); white-space: pre-wrap; overflow-wrap: anywhere; font-size: .78rem; line-height: 1.5; }
.happened-foot { padding: .9rem 1.25rem 1.1rem; border-top: 1px solid var(--panel-line); color: var(--soft); font-size: .875rem; }
.happened-foot form { margin-top: .6rem; }
`;

/** The Demo Shop's stylesheet, in the page itself: one request shows the shop. */
export const STYLES = [COLOURS, BASICS, SHOP, PANEL].join("\n");
