import type { Examples } from "./example.ts";
import examples from "./examples.json" with { type: "json" };

/** What a test recorded. */
export const EXAMPLES: Examples = examples;
