import type { MemorySample } from "./doors.ts";

/** How a quantity stands in the first and the last third of a run, in bytes. */
export interface Trend {
  readonly first: number;
  readonly last: number;
  readonly growth: number;
  /** More than this is growth. */
  readonly bound: number;
  readonly isFlat: boolean;
}

export interface MemoryReport {
  readonly samples: number;
  readonly heap: Trend;
  readonly resident: Trend;
  readonly isFlat: boolean;
}

/** What code is compiled, which statements are prepared and which caches are full is settled by then. */
const WARM_UP = 0.2;
/**
 * After a collection, with no call under way, a process at rest differs by some 0.2 MB from one time to the next. Over ten
 * minutes at 300 calls a second this is 16 bytes for each of the 96,000 calls between the middles of the two thirds: the
 * smallest entry of a list or a map is more.
 */
const HEAP_BOUND_BYTES = 1.5 * 1_024 * 1_024;
/** What the allocator once held for a burst it gives back late or never: steps of some 10 MB are no leak, a slope is. */
const RESIDENT_BOUND_BYTES = 32 * 1_024 * 1_024;

/** Two for each third, and the warm-up. */
export const MIN_SAMPLES = 8;

/** Compares the last third of a run with the first, after a warm-up: of at least `MIN_SAMPLES`, evenly spread. */
export function judgeMemory(samples: readonly MemorySample[]): MemoryReport {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP));
  const heap = trendOf(
    warm.map(({ heapBytes }) => heapBytes),
    HEAP_BOUND_BYTES,
  );
  const resident = trendOf(
    warm.map(({ residentBytes }) => residentBytes),
    RESIDENT_BOUND_BYTES,
  );
  return { samples: samples.length, heap, resident, isFlat: heap.isFlat && resident.isFlat };
}

function trendOf(values: readonly number[], bound: number): Trend {
  const third = Math.floor(values.length / 3);
  const [first, last] = [meanOf(values.slice(0, third)), meanOf(values.slice(-third))];
  return { first, last, growth: last - first, bound, isFlat: last - first <= bound };
}

function meanOf(values: readonly number[]): number {
  return Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}
