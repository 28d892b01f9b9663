import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { startWorkerdProcess } from "../support/workerd-process.ts";

test("CL1 CL3 CL5 in workerd too it tries again under one key, ends in time, follows no redirect, and verifies webhooks", async () => {
  const worker = await startWorkerdProcess("test/workerd/client-worker.ts");
  onTestFinished(worker.stop);
  const keys: unknown[] = [];
  const links = await serve([503, "silence", 200, 308], keys);
  const report = `${worker.url}?links=${encodeURIComponent(links)}`;
  const headers = { Cookie: "agentlinks_ref=mara" };
  expect(await (await fetch(report, { headers })).json()).toMatchObject({ ref: "mara", user_id: "u_1" });
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(await (await fetch(report, { headers })).json()).toEqual({ code: "bad_answer", tries: 1 });

  const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  const body = JSON.stringify({ id: "evt_1", type: "test", data: {} });
  const hook = `${worker.url}webhook?secret=${encodeURIComponent(secret)}`;
  const at = new Date();
  const signed = {
    "webhook-id": "evt_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign("evt_1", at, body),
  };
  expect(await (await fetch(hook, { method: "POST", headers: signed, body })).json()).toEqual(JSON.parse(body));
  const changed = await fetch(hook, { method: "POST", headers: signed, body: body.replace("test", "best") });
  expect(await changed.json()).toContain("No matching signature");
}, 60_000);

/** Answers calls one by one: by a status, with what it was told, or not at all. Notes their keys. */
async function serve(answers: readonly (number | "silence")[], keys: unknown[]): Promise<string> {
  const left = [...answers];
  const server = createServer((request, response) => {
    const answer = left.shift();
    keys.push(request.headers["idempotency-key"]);
    if (typeof answer === "number") request.pipe(response.writeHead(answer, { Location: "/elsewhere" }));
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}
