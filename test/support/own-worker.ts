/** The Workers entry of an isolate of its own: the settings that it reads once are those of the first call. */
export async function ownWorker(): Promise<typeof import("../../worker/index.ts").default> {
  isolates += 1;
  // The name makes it another module: a process keeps its modules, and this one its product, from test to test.
  const entry = `../../worker/index.ts?isolate=${isolates}`;
  const { default: worker } = await import(entry);
  return worker;
}

let isolates = 0;
