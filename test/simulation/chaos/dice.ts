/** Chance that a seed repeats. */
export interface Dice {
  /** A whole number from 0 to below `end`. */
  readonly below: (end: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** One of `table`, the more often the larger its number. */
  readonly draw: <T extends string>(table: Readonly<Record<T, number>>) => T;
}

/** mulberry32: 32 bits of state are enough to shuffle. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * end);
  };
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error("there is nothing to pick from");
    return item;
  };
  return {
    below,
    pick,
    draw<T extends string>(table: Readonly<Record<T, number>>): T {
      const names = Object.keys(table) as T[];
      return pick(names.flatMap((name) => Array.from({ length: table[name] }, () => name)));
    },
  };
}
