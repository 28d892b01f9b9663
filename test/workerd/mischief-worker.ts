/**
 * Stands between the product and its queue: takes what the product sends, and delivers what a test asks for, as a queue may
 * do by itself, twice and in any order. It also keeps what ends in the dead-letter queue.
 */
export default {
  queue(batch: Batch): void {
    const kept = batch.queue === DEAD_LETTERS ? dead : made;
    kept.push(...batch.messages.map(({ body }) => body));
  },
  async fetch(request: Request, { CLICKS }: { readonly CLICKS: Producer }): Promise<Response> {
    if (request.method === "GET") return Response.json({ made, dead });
    const bodies: unknown = await request.json();
    if (Array.isArray(bodies)) await CLICKS.sendBatch(bodies.map((body: unknown) => ({ body, contentType: "json" })));
    return new Response(null, { status: 204 });
  },
};

const DEAD_LETTERS = "agentlinks-clicks-dead";
const made: unknown[] = [];
const dead: unknown[] = [];

interface Batch {
  readonly queue: string;
  readonly messages: readonly { readonly body: unknown }[];
}

interface Producer {
  sendBatch(messages: readonly { readonly body: unknown; readonly contentType: "json" }[]): Promise<unknown>;
}
