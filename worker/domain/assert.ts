/** Throws when one of our own invariants does not hold. Never for a caller's input: that is a `Result`. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${sentence}`);
}
