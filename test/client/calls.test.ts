import { createServer } from "node:http";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { AgentLinks, AgentLinksError, type AgentLinksOptions } from "../../client/src/index.ts";
import { readRetryAfter, waitBefore } from "../../client/src/retry.ts";
import { type FlakyFetch, flakyFetch, type LineFault } from "../support/flaky-fetch.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a client in front of the product", () => {
  test("reports a signup, a payment and a refund, and reads what came of them", async () => {
    const { links, app } = await openLine();
    const { referral } = await links.track.signup({ ref: app.ref, user_id: 7, email: "kim@example.test" });
    expect(referral).toMatchObject({ ref: app.ref, user_id: "7", status: "active" });
    const paid = await links.track.conversion({ user_id: 7, amount_cents: 10_000, event_id: "order_1" });
    expect(paid).toMatchObject({ status: "pending", commission: { net_commission_cents: 2850 }, hold: false });
    const refund = await links.track.refund({ user_id: 7, amount_cents: 3333, event_id: "refund_1" });
    expect(refund).toMatchObject({ applied: true, reversed: { net_commission_cents: 950 } });

    const { balances } = await links.affiliates.balance(app.affiliateId);
    expect(balances).toMatchObject([{ currency: "usd", pending_cents: 1900 }]);
    const { commissions, next_cursor } = await links.affiliates.commissions(app.affiliateId, { status: "pending" });
    expect([commissions[0]?.conversion_id, next_cursor]).toEqual([paid.conversion_id, null]);
    expect(await links.track.validate({ ref: app.ref, app_id: app.id })).toEqual({ valid: true });
    expect(await links.track.click({ ref: app.ref, visitor: "v1" })).toEqual({ tracked: true });
  });

  test("makes affiliates, and reads them page by page", async () => {
    const { links, app } = await openLine();
    const { affiliate } = await links.affiliates.create({ email: "nils@example.test", ref: "nils", account_id: 5 });
    expect(await links.affiliates.create({ email: "nils@example.test" })).toEqual({ affiliate });
    expect(await links.affiliates.get(affiliate.id)).toEqual({ affiliate });
    const first = await links.affiliates.list({ limit: 1 });
    const second = await links.affiliates.list({ limit: 1, cursor: first.next_cursor });
    const ids = [...first.affiliates, ...second.affiliates].map(({ id }) => id);
    expect(ids.toSorted()).toEqual([app.affiliateId, affiliate.id].toSorted());
    expect(second.next_cursor).toBeNull();
  });

  test("redeems a friend's code, and pays with credits once under a reference", async () => {
    const { links, world } = await openLine();
    const { token, expires_at } = await links.tokens.create({ account_id: "kim" });
    expect(expires_at).toBe("2026-01-15T12:30:00.000Z");
    const { body } = await world.call("/api/v1/referrals/code", undefined, { key: token });
    const redeemed = await links.referrals.redeem({
      code: body.referral_code,
      referred_account_id: "ada",
      pending: true,
    });
    expect(redeemed).toMatchObject({ success: true, credits_awarded: 0 });
    expect(await links.referrals.complete({ referred_account_id: "ada" })).toMatchObject({ credits_awarded: 100 });

    const order = { account_id: "ada", amount: 60, reference: "order_1" };
    expect(await links.credits.spend(order)).toMatchObject({ balance: 40 });
    expect(await links.credits.spend(order)).toMatchObject({ balance: 40 });
    const { balance, entries } = await links.credits.get("ada");
    expect([balance, entries.map(({ kind, amount }) => [kind, amount])]).toEqual([
      40,
      [
        ["spend", -60],
        ["referee_award", 100],
      ],
    ]);
    await expect(links.credits.spend({ ...order, reference: "order_2" })).rejects.toMatchObject({ code: "conflict" });
  });

  test("CL1 manages the endpoints of webhooks, and makes none twice", async () => {
    const { links, line } = await openLine();
    const url = "https://shop.example.com/webhooks";
    const { endpoint, secret } = await links.webhooks.create({ url, types: ["payout.paid"] });
    expect([endpoint.types, secret.startsWith(endpoint.secret_prefix)]).toEqual([["payout.paid"], true]);
    const changed = await links.webhooks.update(endpoint.id, { types: null, description: "Shop" });
    expect(await links.webhooks.get(endpoint.id)).toEqual(changed);
    expect(changed.endpoint).toMatchObject({ types: null, description: "Shop" });
    const rolled = await links.webhooks.roll(endpoint.id, { overlap_hours: 1 });
    expect(rolled.secret).not.toBe(secret);

    line.fail("lost");
    const failure = await failureOf(links.webhooks.create({ url }));
    expect(failure).toMatchObject({ code: "network", outcomeUnknown: true, tries: 1 });
    const { endpoints } = await links.webhooks.list();
    expect(endpoints).toHaveLength(2);
    for (const { id } of endpoints) expect(await links.webhooks.delete(id)).toBeNull();
    expect(await links.webhooks.list()).toEqual({ endpoints: [] });
  });

  test("CL1 a payment whose answer is lost is sent again under the same key, and is one", async () => {
    const { links, line, app } = await openLine();
    skipWaits();
    line.fail("lost", "lost");
    const paid = await links.track.conversion({ ref: app.ref, user_id: "u1", amount_cents: 10_000 });
    expect(paid.commission.net_commission_cents).toBe(2850);
    const keys = line.sent.map(({ headers }) => headers.get("Idempotency-Key"));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect((await links.affiliates.commissions(app.affiliateId)).commissions).toHaveLength(1);

    // Another call is another payment.
    await links.track.conversion({ ref: app.ref, user_id: "u1", amount_cents: 10_000 });
    expect((await links.affiliates.commissions(app.affiliateId)).commissions).toHaveLength(2);
  });

  test("CL1 CL2 an event_id of the caller's is the key, and an error tells the key to send again", async () => {
    const { links, line, app } = await openLine();
    skipWaits();
    const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000 };
    line.fail("lost", "lost", "lost");
    const named = await failureOf(links.track.conversion({ ...payment, event_id: "order_1" }));
    expect(named).toMatchObject({ code: "network", outcomeUnknown: true, idempotencyKey: "order_1", tries: 3 });
    expect(line.sent.map(({ headers }) => headers.get("Idempotency-Key"))).toEqual([null, null, null]);
    expect((await links.track.conversion({ ...payment, event_id: "order_1" })).status).toBe("pending");

    line.fail("lost", "lost", "lost");
    const unnamed = await failureOf(links.track.conversion({ ...payment, amount_cents: 500 }));
    await links.track.conversion({ ...payment, amount_cents: 500, event_id: unnamed.idempotencyKey });
    expect((await links.affiliates.commissions(app.affiliateId)).commissions).toHaveLength(2);
  });

  test("CL1 a click that has no visitor is not sent again once it may have counted; one that has is, and counts once", async () => {
    const { links, line, app, world } = await openLine();
    skipWaits();
    line.fail("lost");
    const failure = await failureOf(links.track.click({ ref: app.ref }));
    expect(failure).toMatchObject({ outcomeUnknown: true, idempotencyKey: null, tries: 1 });
    line.fail("lost");
    expect(await links.track.click({ ref: app.ref, visitor: "v1" })).toEqual({ tracked: true });
    line.fail(new Response(null, { status: 429, headers: { "Retry-After": "1" } }));
    expect(await links.track.click({ ref: app.ref })).toEqual({ tracked: true });
    const stats = await world.call(`/api/v1/affiliates/${app.affiliateId}/stats`, undefined, { key: app.key });
    expect(stats.body.days).toMatchObject([{ clicks: 3 }]);
  });

  test("CL2 what the server refuses is told as it said it, and is not sent again", async () => {
    const { links, line } = await openLine();
    const failure = await failureOf(links.track.signup({ ref: "nobody", user_id: "" }));
    expect(failure).toMatchObject({
      name: "AgentLinksError",
      code: "invalid_request",
      status: 400,
      requestId: expect.stringMatching(/^req_/),
      fields: [{ path: "user_id", message: expect.any(String) }],
      outcomeUnknown: false,
      tries: 1,
    });
    expect(failure.message).toContain("user_id");
    const unknown = await failureOf(links.track.signup({ ref: "nobody", user_id: "u1" }));
    expect(unknown).toMatchObject({ code: "unknown_ref", status: 404, fields: [] });
    expect(line.sent).toHaveLength(2);
  });
});

describe("what a line does to a call", () => {
  test.each<[string, readonly LineFault[], object]>([
    ["cut after it was done", ["lost"], { code: "network", status: null, outcomeUnknown: true }],
    ["never answered", ["silent"], { code: "timeout", outcomeUnknown: true }],
    ["answered by a proxy's page", [page()], { code: "bad_answer", status: 502, outcomeUnknown: true }],
    [
      "answered by a page with 200",
      [new Response("<html>", { status: 200 })],
      { code: "bad_answer", outcomeUnknown: true },
    ],
    ["refused at the door", [wrongKey()], { code: "unauthorized", status: 401, outcomeUnknown: false }],
    ["limited", [limited()], { code: "rate_limited", outcomeUnknown: false }],
    [
      "redirected",
      [Response.redirect("https://elsewhere.test/", 301)],
      { code: "bad_answer", status: 301, outcomeUnknown: false },
    ],
  ])("CL2 %s, it says what is known of it", async (_, faults, told) => {
    const { links, line } = await openLine({ retries: 0, timeoutMs: 50 });
    line.fail(...faults);
    const failure = await failureOf(links.track.signup({ ref: "nobody", user_id: "u1" }));
    expect(failure).toMatchObject({ ...told, tries: 1 });
    expect(failure.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("CL2 of an earlier try a refusal at the door tells nothing, and a refusal of the call tells that it was not done", async () => {
    const { links, line } = await openLine();
    skipWaits();
    line.fail("away", wrongKey());
    expect(await failureOf(links.track.signup({ ref: "nobody", user_id: "u1" }))).toMatchObject({
      code: "unauthorized",
      outcomeUnknown: true,
      tries: 2,
    });
    // A server on the way that lost its backend: the first try may have been done.
    line.fail(page(), new Response("<html>404 Not Found</html>", { status: 404 }));
    expect(await failureOf(links.track.signup({ ref: "nobody", user_id: "u1" }))).toMatchObject({
      code: "bad_answer",
      status: 404,
      outcomeUnknown: true,
      tries: 2,
    });
    line.fail("away");
    expect(await failureOf(links.track.signup({ ref: "nobody", user_id: "u1" }))).toMatchObject({
      code: "unknown_ref",
      outcomeUnknown: false,
      tries: 2,
    });
  });

  test("CL2 of what only reads nothing is ever in doubt", async () => {
    const { links, line, app } = await openLine({ retries: 0 });
    line.fail("lost", page());
    for (const code of ["network", "bad_answer"]) {
      expect(await failureOf(links.affiliates.get(app.affiliateId))).toMatchObject({ code, outcomeUnknown: false });
    }
  });

  test("CL1 it is sent no more often than was asked for", async () => {
    const { links, line } = await openLine({ retries: 4 });
    skipWaits();
    line.fail(...Array.from({ length: 9 }, page));
    expect(await failureOf(links.track.signup({ ref: "nobody", user_id: "u1" }))).toMatchObject({ tries: 5 });
    expect(await failureOf(links.tokens.create({ account_id: "kim" }, { retries: 1 }))).toMatchObject({ tries: 2 });
    expect(line.sent).toHaveLength(7);
  });

  test("CL3 after a 429 it waits as long as the server asks, unless that is too long", async () => {
    const { links, line, app } = await openLine();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    line.fail(new Response(null, { status: 429, headers: { "Retry-After": "7" } }));
    const call = links.track.signup({ ref: app.ref, user_id: "u1" });
    await vi.advanceTimersByTimeAsync(6_990);
    expect(line.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(600);
    expect((await call).referral.status).toBe("active");

    line.fail(new Response(null, { status: 429, headers: { "Retry-After": "60" } }));
    const failure = await failureOf(links.track.signup({ ref: app.ref, user_id: "u1" }));
    expect(failure).toMatchObject({ retryAfterMs: 60_000, tries: 1, outcomeUnknown: false });
  });

  test("CL3 the caller's signal ends it, while it is sent, while it waits, and before", async () => {
    const { links, line } = await openLine();
    const signup = { ref: "nobody", user_id: "u1" };
    const sending = new AbortController();
    line.fail("silent");
    const first = failureOf(links.track.signup(signup, { signal: sending.signal }));
    sending.abort();
    expect(await first).toMatchObject({ code: "aborted", outcomeUnknown: true, tries: 1 });

    const waiting = new AbortController();
    line.fail("away");
    // This wait ends by the signal or never.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const second = failureOf(links.track.signup(signup, { signal: waiting.signal }));
    await new Promise(setImmediate);
    waiting.abort();
    expect(await second).toMatchObject({ code: "aborted", outcomeUnknown: true, tries: 1 });

    const third = failureOf(links.track.signup(signup, { signal: AbortSignal.abort() }));
    expect(await third).toMatchObject({ code: "aborted", outcomeUnknown: false, tries: 0 });
    expect(line.sent).toHaveLength(2);
  });
});

test("CL3 a redirect is not followed: the key goes where the url says and nowhere else", async () => {
  let visits = 0;
  const elsewhere = await serve((_, response) => {
    visits += 1;
    response.end("{}");
  });
  const site = await serve((_, response) => void response.writeHead(308, { Location: elsewhere }).end());
  const links = new AgentLinks({ url: site, secretKey: "al_sk_test" });
  expect(await failureOf(links.affiliates.list())).toMatchObject({ code: "bad_answer", status: 308, tries: 1 });
  expect(visits).toBe(0);
});

test.each<[string, Partial<AgentLinksOptions>]>([
  ["no address", { url: "" }],
  ["an address that is not of the web", { url: "file:///links" }],
  ["no key, as from a variable that is not set", { secretKey: "" }],
  ["a key of two lines, as pasted", { secretKey: "al_sk_test\nal_sk_test" }],
  ["a key with a blank that nobody sees", { secretKey: "al_sk_\u200Btest" }],
])("a client with %s is not made", (_, options) => {
  const make = () => new AgentLinks({ url: "https://links.test", secretKey: "al_sk_test", ...options });
  expect(make).toThrow(TypeError);
  // Errors are logged, and no log may keep a key.
  expect(make).not.toThrow("al_sk_");
});

test("a key is sent without the line's end that a file leaves with it", async () => {
  const line = flakyFetch(async () => Response.json({}));
  await new AgentLinks({ url: "https://links.test", secretKey: "al_sk_test\n", fetch: line.fetch }).affiliates.list();
  expect(line.sent[0]?.headers.get("Authorization")).toBe("Bearer al_sk_test");
});

test.each<[string, Partial<AgentLinksOptions>]>([
  ["more retries than there may be", { retries: 11 }],
  ["no time", { timeoutMs: 0 }],
])("a call with %s is not sent", async (_, options) => {
  const { links, line } = await openLine(options);
  await expect(links.affiliates.list()).rejects.toThrow(TypeError);
  expect(line.sent).toEqual([]);
});

test("what a call says of itself goes before what the client says", async () => {
  const { links, line } = await openLine({ retries: 0 });
  line.fail("away", "away", "away");
  skipWaits();
  const given = { retries: undefined, timeoutMs: undefined };
  expect(await failureOf(links.affiliates.list({}, given))).toMatchObject({ tries: 1 });
  expect(await failureOf(links.affiliates.list({}, { retries: 1 }))).toMatchObject({ tries: 2 });
});

test("an address may have a path, and a name in a path stays in it", async () => {
  const line = flakyFetch(async () => Response.json({}));
  const links = new AgentLinks({ url: "https://shop.test/_al/", secretKey: "al_sk_test", fetch: line.fetch });
  await links.affiliates.get("../apps?x=1");
  expect(line.sent[0]?.path).toBe("/_al/api/v1/affiliates/..%2Fapps%3Fx%3D1");
  await expect(links.credits.get("kim\nX-Evil: 1")).rejects.toThrow(TypeError);
});

test.each([
  [1, null, 0, 250],
  [1, null, 1, 500],
  [3, null, 0.5, 1500],
  // However often: no longer than eight seconds.
  [10, null, 1, 8_000],
  [1, 10_000, 0, 10_000],
  [1, 10_000, 1, 10_500],
])("before retry %i, asked for %s ms, by chance %d, it waits %i ms", (retry, retryAfterMs, random, wait) => {
  expect(waitBefore(retry, { retryAfterMs, random })).toBe(wait);
});

test.each([
  [null, null],
  ["3", 3_000],
  ["Thu, 15 Jan 2026 12:00:05 GMT", 5_000],
  ["Thu, 15 Jan 2026 11:00:00 GMT", 0],
  ["soon", null],
  ["-1", null],
])("Retry-After %s is %s ms", (header, millis) => {
  expect(readRetryAfter(header, Date.UTC(2026, 0, 15, 12))).toBe(millis);
});

function page(): Response {
  return new Response("<html>502 Bad Gateway</html>", { status: 502 });
}

function wrongKey(): Response {
  return Response.json({ error: { code: "unauthorized", message: "No." } }, { status: 401 });
}

function limited(): Response {
  return Response.json({ error: { code: "rate_limited", message: "Slow." } }, { status: 429 });
}

interface Line {
  readonly world: World;
  readonly app: TestApp;
  readonly line: FlakyFetch;
  readonly links: AgentLinks;
}

/** The product, an app of it, and a client on a line that can be cut. */
async function openLine(options: Partial<AgentLinksOptions> = {}): Promise<Line> {
  const world = await createWorld();
  const app = await world.newApp();
  const line = flakyFetch(world.request);
  const { publicUrl: url } = world.deps.config;
  return { world, app, line, links: new AgentLinks({ url, secretKey: app.key, fetch: line.fetch, ...options }) };
}

/** Waits between tries are over at once. */
function skipWaits(): void {
  vi.stubGlobal("setTimeout", (end: () => void) => setImmediate(end));
}

async function failureOf(call: Promise<unknown>): Promise<AgentLinksError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentLinksError)) throw new Error("the call did not fail as calls do", { cause: error });
  return error;
}

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}
