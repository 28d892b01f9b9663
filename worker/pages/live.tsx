import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { streamSSE } from "hono/streaming";
import type { PageEnv } from "./context.ts";

/** How often the part is made anew: it is a few small reads. */
const EVERY_MS = 2_000;

/** Then the browser asks again: no connection is for ever, and whoever may see no more is asked again who they are. */
const FOR_MS = 55_000;

/** How long the browser waits before it asks again. */
const RETRY_MS = 1_000;

/** A part of a page that follows `src`; without JavaScript it is as it was when the page was made. */
export function Live({ src, children }: { src: string; children?: Child }) {
  return <div data-live={src}>{children}</div>;
}

/** Sends a part of a page whenever it has become another one. `render` gives it as a whole; null ends it for good. */
export function streamPart(c: Context<PageEnv>, render: () => Promise<string | null>): Response {
  c.header("X-Accel-Buffering", "no");
  return streamSSE(c, async (stream) => {
    let last = "";
    for (let waited = 0; waited < FOR_MS && !stream.aborted; waited += EVERY_MS) {
      const part = await render().catch(() => undefined);
      // The browser asks again in a moment, and then learns what is wrong, as anybody who opens the page.
      if (part === undefined) return undefined;
      if (part === null) return stream.writeSSE({ event: "end", data: "" });
      if (part !== last) await stream.writeSSE({ data: part, retry: RETRY_MS });
      last = part;
      await stream.sleep(EVERY_MS);
    }
    return undefined;
  });
}
