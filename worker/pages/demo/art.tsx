import type { Child } from "hono/jsx";
import type { ProductId } from "./catalogue.ts";
import { CLAY, FOAM, KELP, type Profile, RIM, RUST, SAND, SEA, Shadow, Speckles, Vessel } from "./pottery.tsx";

/** The picture of a product, drawn: no file to fetch, sharp at every size. Decorative, the name stands beside it. */
export function ProductArt({ id }: { id: ProductId }) {
  const { wall, table, draw } = PIECES[id];
  return (
    <svg class="art" viewBox="0 0 320 280" aria-hidden="true" focusable="false">
      <Defs id={id} />
      <rect width="320" height="280" fill={wall} />
      <rect width="320" height="280" fill={`url(#${id}-window)`} />
      <path d="M0 214H320V280H0Z" fill={table} />
      {draw(id)}
    </svg>
  );
}

/** The shop's window: three pieces on a shelf before a low sun. */
export function HeroArt() {
  const id = "hero";
  return (
    <svg class="hero-art" viewBox="0 0 560 360" aria-hidden="true" focusable="false">
      <Defs id={id} />
      <rect width="560" height="360" fill="#e9d9c3" />
      <circle cx="392" cy="176" r="104" fill="#f0b98a" />
      <rect width="560" height="360" fill={`url(#${id}-window)`} />
      <path d="M0 286H560V360H0Z" fill="#c9ae8d" />
      <path d="M0 286H560V294H0Z" fill="#b79a77" />
      <g transform="translate(-58 44) scale(1.16)">{vase(`${id}-v`)}</g>
      <g transform="translate(96 34) scale(1.22)">{teapot(`${id}-t`)}</g>
      <g transform="translate(334 104) scale(.88)">{mug(`${id}-m`)}</g>
    </svg>
  );
}

const PIECES: Readonly<Record<ProductId, { wall: string; table: string; draw: (id: string) => Child }>> = {
  "pour-over": { wall: "#dfe5e0", table: "#bfc7bf", draw: pourOver },
  mug: { wall: "#ead9c5", table: "#cfb798", draw: mug },
  bowl: { wall: "#e3dccf", table: "#c5baa6", draw: bowl },
  vase: { wall: "#d5dcdc", table: "#b2bdbd", draw: vase },
  plates: { wall: "#ecdccf", table: "#d2b8a3", draw: plates },
  teapot: { wall: "#e4dfcd", table: "#c8c0a4", draw: teapot },
};

function Defs({ id }: { id: string }) {
  return (
    <defs>
      <linearGradient id={`${id}-window`} x1="0" y1="0" x2="1" y2="1">
        <stop offset="0" stop-color="#fff" stop-opacity=".5" />
        <stop offset=".55" stop-color="#fff" stop-opacity="0" />
        <stop offset="1" stop-color="#3b2a1a" stop-opacity=".12" />
      </linearGradient>
    </defs>
  );
}

function mug(id: string) {
  const profile: Profile = [
    [55, 92],
    [57, 130],
    [56, 176],
    [50, 212],
    [42, 220],
  ];
  return (
    <>
      <Shadow cx={150} y={222} rx={58} />
      <path
        d="M198 116C250 108 254 188 196 186"
        fill="none"
        stroke={SEA.dark}
        stroke-width="17"
        stroke-linecap="round"
      />
      <path
        d="M198 114C246 108 250 182 196 182"
        fill="none"
        stroke={SEA.base}
        stroke-width="9"
        stroke-linecap="round"
      />
      <Vessel id={id} cx={150} profile={profile} glaze={SEA} dip={178} inside="#4a2f1f" />
    </>
  );
}

function bowl(id: string) {
  const profile: Profile = [
    [98, 138],
    [92, 166],
    [70, 198],
    [42, 214],
    [40, 224],
  ];
  return (
    <>
      <Shadow cx={160} y={225} rx={64} />
      <Vessel id={id} cx={160} profile={profile} glaze={SAND} dip={194} inside={SAND.dark} />
      <defs>
        <clipPath id={`${id}-in`}>
          <path d={`M0 0H320V139H${160 + RADIUS}A${RADIUS} ${RADIUS * RIM} 0 0 1 ${160 - RADIUS} 139H0Z`} />
        </clipPath>
      </defs>
      <g clip-path={`url(#${id}-in)`}>
        <Pear x={128} y={128} />
        <Pear x={188} y={124} />
        <Pear x={158} y={134} />
      </g>
    </>
  );
}

/** The rim of the bowl, less its thickness: fruit lies inside. */
const RADIUS = 94;

function Pear({ x, y }: { x: number; y: number }) {
  return (
    <>
      <path
        d={`M${x} ${y - 44}C${x + 1} ${y - 54} ${x + 5} ${y - 58} ${x + 9} ${y - 60}`}
        fill="none"
        stroke="#5f4128"
        stroke-width="3.5"
        stroke-linecap="round"
      />
      <path
        d={`M${x} ${y - 46}C${x + 12} ${y - 46} ${x + 11} ${y - 28} ${x + 18} ${y - 18}C${x + 34} ${y + 6} ${x + 22} ${y + 26} ${x} ${y + 26}S${x - 34} ${y + 6} ${x - 18} ${y - 18}C${x - 11} ${y - 28} ${x - 12} ${y - 46} ${x} ${y - 46}Z`}
        fill="#b5b04c"
      />
      <path
        d={`M${x - 14} ${y + 2}C${x - 14} ${y - 8} ${x - 8} ${y - 14} ${x - 6} ${y - 24}`}
        fill="none"
        stroke="#d8d488"
        stroke-width="5"
        stroke-linecap="round"
      />
    </>
  );
}

function vase(id: string) {
  const profile: Profile = [
    [21, 92],
    [15, 104],
    [19, 122],
    [48, 150],
    [54, 176],
    [42, 206],
    [32, 216],
  ];
  const leaves = [
    [172, 62, -32],
    [150, 48, 28],
    [184, 34, -38],
    [160, 20, 22],
  ];
  return (
    <>
      <Shadow cx={160} y={217} rx={46} />
      <path d="M160 96C162 66 168 40 182 10" stroke="#5f4a35" stroke-width="3" fill="none" stroke-linecap="round" />
      {leaves.map(([x, y, turn]) => (
        <ellipse cx={x} cy={y} rx="19" ry="7" fill="#7d8a5c" transform={`rotate(${turn} ${x} ${y})`} />
      ))}
      <Vessel id={id} cx={160} profile={profile} glaze={KELP} dip={188} inside="#2f351f" />
    </>
  );
}

function plates(id: string) {
  return (
    <>
      <defs>
        <radialGradient id={`${id}-face`} cx=".36" cy=".32" r=".8">
          <stop offset="0" stop-color={FOAM.light} />
          <stop offset=".7" stop-color={FOAM.base} />
          <stop offset="1" stop-color={FOAM.dark} />
        </radialGradient>
        <clipPath id={`${id}-round`}>
          <circle cx="146" cy="134" r="88" />
        </clipPath>
      </defs>
      <Shadow cx={150} y={224} rx={84} />
      <circle cx="150" cy="136" r="90" fill={CLAY.dark} />
      <circle cx="146" cy="134" r="88" fill={`url(#${id}-face)`} />
      <g clip-path={`url(#${id}-round)`}>
        <path d="M40 168C80 150 106 184 146 168S214 150 250 172V240H40Z" fill={RUST.base} fill-opacity=".85" />
        <path d="M40 182C80 166 106 198 146 182S214 166 250 186V240H40Z" fill={RUST.dark} fill-opacity=".55" />
        <Speckles cx={146} top={64} />
      </g>
      <circle cx="146" cy="134" r="66" fill="none" stroke={FOAM.dark} stroke-opacity=".5" stroke-width="1.5" />
      <ellipse cx="214" cy="230" rx="82" ry="14" fill={CLAY.dark} />
      <ellipse cx="214" cy="226" rx="82" ry="14" fill={FOAM.base} />
      <ellipse cx="214" cy="225" rx="60" ry="8" fill={FOAM.dark} fill-opacity=".5" />
    </>
  );
}

function teapot(id: string) {
  const body: Profile = [
    [32, 122],
    [62, 138],
    [76, 168],
    [62, 200],
    [44, 212],
  ];
  const lid: Profile = [
    [9, 98],
    [10, 106],
    [28, 118],
    [33, 124],
  ];
  return (
    <>
      <Shadow cx={158} y={213} rx={74} />
      <path d="M98 134C84 34 232 34 218 134" fill="none" stroke="#9a6b3f" stroke-width="9" stroke-linecap="round" />
      <path d="M98 134C84 34 232 34 218 134" fill="none" stroke="#c39563" stroke-width="3" stroke-linecap="round" />
      <path d="M218 186C250 182 246 138 274 130L284 138C262 150 264 198 222 204Z" fill={RUST.dark} />
      <path
        d="M216 182C246 178 244 140 272 131"
        fill="none"
        stroke={RUST.base}
        stroke-width="7"
        stroke-linecap="round"
      />
      <Vessel id={id} cx={158} profile={body} glaze={RUST} dip={190} />
      <Vessel id={`${id}-lid`} cx={158} profile={lid} glaze={RUST} dip={160} inside={RUST.base} />
    </>
  );
}

function pourOver(id: string) {
  const server: Profile = [
    [42, 150],
    [50, 174],
    [52, 202],
    [44, 220],
  ];
  const dripper: Profile = [
    [62, 74],
    [54, 96],
    [30, 128],
    [22, 138],
  ];
  return (
    <>
      <Shadow cx={146} y={221} rx={62} />
      <path
        d="M196 166C232 160 234 210 194 208"
        fill="none"
        stroke={FOAM.dark}
        stroke-width="12"
        stroke-linecap="round"
      />
      <Vessel id={`${id}-server`} cx={146} profile={server} glaze={FOAM} dip={204} />
      <ellipse cx="146" cy="144" rx="56" ry="9" fill={SEA.dark} />
      <ellipse cx="146" cy="140" rx="56" ry="9" fill={SEA.base} />
      <Vessel id={`${id}-dripper`} cx={146} profile={dripper} glaze={SEA} dip={150} inside="#5b3a24" />
      <g fill="none" stroke="#fff" stroke-opacity=".75" stroke-width="4" stroke-linecap="round">
        <path d="M132 56C124 46 140 40 132 28" />
        <path d="M158 54C150 44 166 36 158 22" />
      </g>
      <Cup id={id} cx={252} />
    </>
  );
}

function Cup({ id, cx }: { id: string; cx: number }) {
  const profile: Profile = [
    [30, 180],
    [29, 204],
    [22, 226],
  ];
  return (
    <>
      <Shadow cx={cx} y={227} rx={28} />
      <Vessel id={`${id}-cup`} cx={cx} profile={profile} glaze={SEA} dip={210} inside="#4a2f1f" />
    </>
  );
}
