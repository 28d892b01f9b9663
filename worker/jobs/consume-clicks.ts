import type { Deps } from "../deps.ts";
import { writeClicks } from "../services/track/write-clicks.ts";

/** A delivery of the queue: as many messages as wrangler.toml says, at most the platform's 100. */
export interface ClickBatch {
  readonly messages: readonly {
    readonly body: unknown;
    ack(): void;
    /** To be delivered again, or, after the retries that wrangler.toml grants it, to the dead-letter queue. */
    retry(): void;
  }[];
}

/** Counts a delivery's clicks. Each message is acknowledged or retried by itself, once it is known whether it is written. */
export async function consumeClicks(deps: Deps, { messages }: ClickBatch): Promise<void> {
  const written = await writeClicks(
    deps,
    messages.map(({ body }) => body),
  );
  for (const [index, message] of messages.entries()) {
    if (written[index]) message.ack();
    else message.retry();
  }
  const retried = written.filter((isWritten) => !isWritten).length;
  if (retried > 0) deps.log({ level: "error", queue: "clicks", retried, of: messages.length });
}
