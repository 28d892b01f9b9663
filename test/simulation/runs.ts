/**
 * How often a property is tried, and from which seed: as usual, or `SIMULATION_RUNS` times in a soak, which takes a new
 * seed each time unless `SIMULATION_SEED` says one.
 */
export function runs(usual: number): { numRuns: number; seed?: number } {
  const { SIMULATION_RUNS: asked, SIMULATION_SEED: seed } = process.env;
  if (seed !== undefined) return { numRuns: asked === undefined ? usual : Number(asked), seed: Number(seed) };
  return asked === undefined ? { numRuns: usual, seed: USUAL_SEED } : { numRuns: Number(asked) };
}

/** A soak takes as long as it takes: an hour is for a runner that hangs. */
export const TIME_LIMIT_MS = process.env["SIMULATION_RUNS"] === undefined ? 60_000 : 3_600_000;

/** Fixed, so that what passes here passes everywhere. */
const USUAL_SEED = 1;
