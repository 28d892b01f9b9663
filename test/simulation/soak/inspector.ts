/** A process as V8's inspector sees it. */
export interface Inspector {
  readonly send: (method: string) => Promise<Readonly<Record<string, number>>>;
  readonly close: () => void;
}

/** What an inspector does not answer within it is not answered at all. */
const PATIENCE_MS = 10_000;

/** Connects to the inspector at a WebSocket's URL. */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (result: Readonly<Record<string, number>>) => void>();
  let calls = 0;
  await new Promise<void>((opened, failed) => {
    socket.addEventListener("open", () => opened());
    socket.addEventListener("error", () => failed(new Error("the inspector does not answer")));
  });
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result ?? {});
    waiting.delete(id);
  });
  return {
    send: (method) =>
      new Promise((answered, failed) => {
        const id = (calls += 1);
        const late = setTimeout(() => failed(new Error(`the inspector does not answer ${method}`)), PATIENCE_MS);
        waiting.set(id, (result) => {
          clearTimeout(late);
          answered(result);
        });
        socket.send(JSON.stringify({ id, method }));
      }),
    close: () => socket.close(),
  };
}

/** Bytes that are in use: JavaScript's own, and what its buffers hold beside the heap. */
export async function readHeap(inspector: Inspector): Promise<number> {
  const { usedSize = 0, backingStorageSize = 0 } = await inspector.send("Runtime.getHeapUsage");
  return usedSize + backingStorageSize;
}
