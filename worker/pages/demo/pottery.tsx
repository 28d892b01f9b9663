/** A point of a vessel's outline: how far it reaches from its axis, and at which height. */
export type Profile = readonly (readonly [radius: number, y: number])[];

interface Glaze {
  readonly light: string;
  readonly base: string;
  readonly dark: string;
}

export const SEA: Glaze = { light: "#7fb4b0", base: "#4d8f8f", dark: "#2b6266" };
export const KELP: Glaze = { light: "#a3ad7c", base: "#78864f", dark: "#4f5b32" };
export const SAND: Glaze = { light: "#f4e8d4", base: "#e3d0b2", dark: "#b99e78" };
export const RUST: Glaze = { light: "#dd9a72", base: "#c27449", dark: "#8a4a2b" };
export const FOAM: Glaze = { light: "#fbfaf6", base: "#ebe7dd", dark: "#bfb8a8" };
export const CLAY: Glaze = { light: "#c99d7a", base: "#ad7f5c", dark: "#7d5739" };

/** A turned piece: its outline mirrored about the axis, raw clay at the foot, glazed down to `dip`. */
export function Vessel(piece: {
  id: string;
  cx: number;
  profile: Profile;
  glaze: Glaze;
  dip: number;
  inside?: string;
}) {
  const { id, cx, profile, glaze, dip, inside } = piece;
  const [rim = [0, 0]] = profile;
  const outline = outlineOf(profile, cx);
  return (
    <>
      <defs>
        <Shade id={`${id}-glaze`} glaze={glaze} />
        <Shade id={`${id}-clay`} glaze={CLAY} />
        <clipPath id={`${id}-clip`}>
          <path d={outline} />
        </clipPath>
      </defs>
      <path d={outline} fill={`url(#${id}-clay)`} />
      <g clip-path={`url(#${id}-clip)`}>
        <path d={waveOf(cx, dip)} fill={`url(#${id}-glaze)`} />
        <path d={waveOf(cx, dip)} fill="none" stroke={glaze.light} stroke-opacity=".55" stroke-width="2" />
        <Speckles cx={cx} top={rim[1]} />
      </g>
      <ellipse cx={cx} cy={rim[1]} rx={rim[0]} ry={rim[0] * RIM} fill={glaze.light} />
      <ellipse cx={cx} cy={rim[1] + 1} rx={rim[0] - 4} ry={(rim[0] - 4) * RIM} fill={inside ?? glaze.dark} />
    </>
  );
}

/** How flat a circle looks from where one stands: height over width. */
export const RIM = 0.17;

/** Light from the left window, shade to the right. */
function Shade({ id, glaze }: { id: string; glaze: Glaze }) {
  return (
    <linearGradient id={id} x1="0" x2="1" y1="0" y2="0">
      <stop offset="0" stop-color={glaze.base} />
      <stop offset=".24" stop-color={glaze.light} />
      <stop offset=".6" stop-color={glaze.base} />
      <stop offset="1" stop-color={glaze.dark} />
    </linearGradient>
  );
}

/** Iron spots in the glaze: scattered by the golden angle, so that they look strewn and are the same each time. */
export function Speckles({ cx, top }: { cx: number; top: number }) {
  const spots = Array.from({ length: 46 }, (_, index) => {
    const angle = index * 2.39996;
    const reach = Math.sqrt(index + 1) * 15;
    return { x: cx + Math.cos(angle) * reach, y: top + 70 + Math.sin(angle) * reach, r: 0.7 + (index % 3) * 0.4 };
  });
  return (
    <g fill="#3a2a1c" fill-opacity=".38">
      {spots.map(({ x, y, r }) => (
        <circle cx={fixed(x)} cy={fixed(y)} r={fixed(r)} />
      ))}
    </g>
  );
}

/** Where a piece meets the table. */
export function Shadow({ cx, y, rx }: { cx: number; y: number; rx: number }) {
  return (
    <g fill="#2b1d10">
      <ellipse cx={cx + rx * 0.28} cy={y} rx={rx * 1.3} ry={rx * 0.2} fill-opacity=".1" />
      <ellipse cx={cx + rx * 0.14} cy={y} rx={rx * 1.1} ry={rx * 0.15} fill-opacity=".16" />
    </g>
  );
}

/** A closed path through the outline and its mirror image, smooth (Catmull-Rom), round at the foot. */
function outlineOf(profile: Profile, cx: number): string {
  const right = profile.map(([radius, y]) => ({ x: cx + radius, y }));
  const left = profile.toReversed().map(([radius, y]) => ({ x: cx - radius, y }));
  const [start] = right;
  const [foot] = left;
  const [radius] = profile.at(-1) ?? [0, 0];
  if (start === undefined || foot === undefined) return "";
  const bottom = `A${radius} ${fixed(radius * RIM)} 0 0 1 ${foot.x} ${foot.y}`;
  return `M${start.x} ${start.y}${smooth(right)}${bottom}${smooth(left)}Z`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Cubic curves through the points: each tangent runs parallel to the line between its neighbours. */
function smooth(points: readonly Point[]): string {
  const curves = points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    const before = points[index - 1] ?? from;
    const after = points[index + 2] ?? to;
    const leave = { x: from.x + (to.x - before.x) / 6, y: from.y + (to.y - before.y) / 6 };
    const arrive = { x: to.x - (after.x - from.x) / 6, y: to.y - (after.y - from.y) / 6 };
    return `C${fixed(leave.x)} ${fixed(leave.y)} ${fixed(arrive.x)} ${fixed(arrive.y)} ${to.x} ${to.y}`;
  });
  return curves.join("");
}

/** Everything above the line a dipped glaze leaves. */
function waveOf(cx: number, y: number): string {
  return `M${cx - 120} 0H${cx + 120}V${y}C${cx + 70} ${y - 12} ${cx + 40} ${y + 12} ${cx} ${y}S${cx - 70} ${y - 10} ${cx - 120} ${y + 4}Z`;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
