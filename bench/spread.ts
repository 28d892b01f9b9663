/** What several rounds of one measurement came to: the middle, and between which values eight of ten were. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p10: quantile(sorted, 0.1), p90: quantile(sorted, 0.9) };
}

/** Each round beside its own floor, measured within the same seconds: a machine that slows down slows both. */
export function ratioSpread(values: readonly number[], floors: readonly number[]): Spread {
  return spreadOf(pairs(values, floors).map(([value, floor]) => value / floor));
}

/** What each round takes above its own floor. */
export function excessSpread(values: readonly number[], floors: readonly number[]): Spread {
  return spreadOf(pairs(values, floors).map(([value, floor]) => value - floor));
}

function pairs(values: readonly number[], floors: readonly number[]): readonly (readonly [number, number])[] {
  if (values.length !== floors.length) throw new Error(`${values.length} rounds beside ${floors.length}`);
  return values.map((value, round) => [value, floors[round] ?? Number.NaN]);
}

/** Between two neighbours in proportion, as few rounds have no value at a tenth. */
function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
