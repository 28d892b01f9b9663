import type worker from "../../worker/index.ts";

/** The Workers entry of an isolate of its own: the settings that it reads once are those of the first call. */
export async function ownWorker(): Promise<typeof worker> {
  isolates += 1;
  // The name makes it another module: a process keeps its modules, and this one its product, from test to test.
  const entry = `../../worker/index.ts?isolate=${isolates}`;
  const { default: own } = await import(entry);
  return own;
}

let isolates = 0;
