import { expect, test } from "vitest";
import { jsonOf, startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { startReceiver, verified } from "../support/webhook-receiver.ts";

test("what happens is with a server of this machine within seconds, also where the clock was moved; a stop waits for what is under way", async () => {
  const door = await startNodeDoor(tempFolder());
  const { demo } = door.dev();
  const receiver = await startReceiver();
  const post = (path: string, body: object) =>
    fetch(door.url + path, {
      method: "POST",
      headers: { Authorization: `Bearer ${demo.secretKey}` },
      body: JSON.stringify(body),
    });
  const draft = { url: receiver.url, types: ["conversion.created"] };
  const { secret } = await jsonOf(await post("/api/v1/webhooks", draft));
  await fetch(`${door.url}/dev/clock`, { method: "POST", body: '{"advance":"15d"}' });
  await post("/api/track/conversion", { ref: "demo42", user_id: "u_1", amount_cents: 10_000 });
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
  const [first] = receiver.received;
  expect(first && verified(secret, first)).toMatchObject({ type: "conversion.created", data: { user_id: "u_1" } });

  receiver.answer((response) => void setTimeout(() => response.writeHead(204).end(), 500));
  await post("/api/track/conversion", { ref: "demo42", user_id: "u_2", amount_cents: 10_000 });
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(2);
  expect(await door.stop("SIGTERM")).toBe(0);
  // What was answered was written down: a database that was closed before is an error in the log.
  expect(door.output()).not.toContain("error");
});
