import { expect, test } from "vitest";
import { answered } from "../support/answers.ts";
import { dumpDatabase } from "../support/dump.ts";
import { beginConnect, comeBack, connect, createConnectWorld } from "../support/stripe-connect.ts";
import { createWorld } from "../support/world.ts";

const SECRETS = ["whsec_of_the_endpoint", "whsec_it_is_rolled_to"];
const KEY = "rk_live_that_reads_9x7Q";

test("ST1 an app brings its own signing secrets and, if it likes, a key: nothing of the installation's is needed", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const put = (body: object) => world.call("/api/v1/app/stripe", body, { key: app.key, method: "PUT" });
  const stripe = {
    mode: "live",
    account: null,
    webhook_secrets: 2,
    webhook_url: `https://links.example.test/api/stripe/webhook/${app.id}`,
    restricted_key: null,
    net_of_tax: true,
    bare_client_reference_ids: false,
    out_of_band: false,
    changed_at: "2026-01-15T12:00:00.000Z",
  };
  expect(await put({ webhook_secrets: SECRETS })).toEqual(answered(200, { stripe }));
  const withKey = { stripe: { ...stripe, restricted_key: "rk_live_…9x7Q" } };
  expect(await put({ restricted_key: KEY })).toEqual(answered(200, withKey));
  expect(await world.call("/api/v1/app/stripe", undefined, { key: app.key })).toEqual(answered(200, withKey));
});

test("ST1 its secrets are sealed: no row, no answer and no line of the audit log holds them", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const call = (path: string, body?: object) =>
    world.call(path, body, { key: app.key, ...(body && { method: "PUT" }) });
  const put = await call("/api/v1/app/stripe", { webhook_secrets: SECRETS, restricted_key: KEY });
  expect(put.status).toBe(200);
  const shown = [put, await call("/api/v1/app/stripe"), await call("/api/v1/audit")];
  const everything = JSON.stringify([shown.map(({ body }) => body), await dumpDatabase(world.db)]);
  for (const secret of [...SECRETS, KEY, KEY.slice(8, -4)]) expect(everything).not.toContain(secret);
});

test("ST2 an owner connects an account by Stripe's own pages, and disconnects it", async () => {
  const at = await createConnectWorld();
  const { world, fake } = at;
  const app = await world.newApp();
  const started = await world.call("/api/v1/app/stripe/connect", undefined, { key: app.key, method: "POST" });
  const url = new URL(started.body.url);
  expect(started).toEqual(answered(200, { url: url.href }));
  expect(url.origin).toBe(fake.url);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_id: "ca_of_the_platform",
    scope: "read_only",
    redirect_uri: "https://links.example.test/api/stripe/oauth/callback",
  });
  expect((await connect(at, app, { account: "acct_1" })).status).toBe(200);
  const read = async () => (await world.call("/api/v1/app/stripe", undefined, { key: app.key })).body.stripe;
  expect(await read()).toMatchObject({ account: "acct_1", mode: "live" });

  expect((await world.call("/api/v1/app/stripe", undefined, { key: app.key, method: "DELETE" })).status).toBe(204);
  expect(await read()).toMatchObject({ account: null });
  expect(fake.isConnected("acct_1")).toBe(false);
});

test("ST2 a state is good once, also when it is shown twice at the same time", async () => {
  const { world, fake } = await createConnectWorld();
  const app = await world.newApp();
  const state = await beginConnect(world, app);
  fake.grant("ac_1", { account: "acct_1", livemode: true });
  fake.grant("ac_2", { account: "acct_2", livemode: true });
  const answers = await Promise.all(["ac_1", "ac_2"].map((code) => comeBack(world, { state, code })));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
  expect((await comeBack(world, { state, code: "ac_1" })).status).toBe(400);
  expect(fake.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
});

test("ST2 an account belongs to one app", async () => {
  const at = await createConnectWorld();
  const [ours, theirs] = [await at.world.newApp(), await at.world.newApp()];
  expect((await connect(at, theirs, { account: "acct_1" })).status).toBe(200);
  expect((await connect(at, ours, { account: "acct_1" })).status).toBe(409);
  const accounts = [ours, theirs].map(async ({ key }) => {
    const answer = await at.world.call("/api/v1/app/stripe", undefined, { key });
    return answer.body.stripe.account;
  });
  expect(await Promise.all(accounts)).toEqual([null, "acct_1"]);
  expect(at.fake.isConnected("acct_1")).toBe(true);
});
