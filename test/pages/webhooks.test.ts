import { describe, expect, test } from "vitest";
import { EVENT_KINDS } from "../../worker/domain/event-kinds.ts";
import type { WebhookAnswer } from "../../worker/gateways/webhooks/webhooks.ts";
import { webhookPages } from "../../worker/pages/dashboard/webhooks/routes.ts";
import { VERIFY_CODE } from "../../worker/pages/dashboard/webhooks/verify-code.ts";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { EVENT_LOG, WEBHOOKS } from "../../worker/texts/webhooks.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { runScript } from "../support/run-script.ts";
import { openVisitor, type PageAnswer, type Visitor } from "../support/visitor.ts";
import { recordedWebhooks, verified } from "../support/webhook-receiver.ts";
import { addFailingEndpoint, deliveryOf, endpointOf } from "../support/webhook-stage.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const OWNER = "owner@example.test";
const SECRET = /whsec_[A-Za-z0-9+/=]{40,}/;
const HOOK = { url: "https://hooks.example.test/in?token=1", description: "Fulfilment <b>", which: "all" };

describe("an endpoint", () => {
  test("shows its secret once, in the answer to the form: no address, log, database or reload has it again", async () => {
    const { world, app, visitor, at, sent, logged } = await stage();
    expect((await visitor.get(at())).text).toContain(WEBHOOKS.none);
    const form = { ...HOOK, once: onceOf(await visitor.get(at("/new"))) };
    const made = await visitor.post(at("/new"), form);
    expect([made.status, made.location, made.headers.get("Cache-Control")]).toEqual([200, null, "no-store"]);
    const secret = secretIn(made);
    const again = await visitor.post(at("/new"), form);
    expect(again).toMatchObject({ status: 303, location: `${at()}?done=once` });
    const id = await onlyEndpoint(world);
    expect(made.text).toContain(`href="${at(`/${id}`)}"`);
    for (const path of ["", "/new", `/${id}`, `/${id}/change`, `/${id}/roll`]) {
      const { status, text } = await visitor.get(at(path));
      expect([path, status, text.includes(secret.slice(12))]).toEqual([path, 200, false]);
    }
    const list = (await visitor.get(at())).text;
    expect(list).toContain("Fulfilment &lt;b&gt;");
    expect(list).toContain(WEBHOOKS.states.fresh);
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(secret.slice(12));
    await visitor.post(at(`/${id}/test`));
    expect(verified(secret, said(sent[0]))).toMatchObject({ type: "test" });
    expect(JSON.stringify(logged)).not.toContain(secret.slice(12));
    expect(await actionsOf(world, app)).toEqual(["webhook.created", "webhook.tested"]);
  });

  test("whose form has slips comes back with what was typed, and nothing is kept", async () => {
    const { world, visitor, at } = await stage();
    const only = { ...HOOK, which: "some" };
    const slips = [
      [{ ...HOOK, url: "http://hooks.example.test/in" }, "url"],
      [{ ...HOOK, url: "https://10.0.0.1/in" }, "url"],
      [{ ...HOOK, url: "https://me:secret@hooks.example.test/in" }, "url"],
      [{ ...HOOK, url: "" }, "url"],
      [{ ...HOOK, description: "x".repeat(257) }, "description"],
      [only, "which"],
    ] as const;
    for (const [slip, field] of slips) {
      const refused = await visitor.post(at("/new"), { ...slip, "kind_no.kind": "1" });
      expect([slip.url, refused.status]).toEqual([slip.url, 400]);
      expect(refused.text).toContain(`id="f-${field}-problem"`);
      expect(refused.text).toContain('value="' + slip.url.replaceAll("&", "&amp;") + '"');
      expect(refused.text).not.toMatch(SECRET);
    }
    expect((await visitor.post(at("/new"), only)).text).toContain(WEBHOOKS.form.pickOne);
    const ticked = await visitor.post(at("/new"), { ...only, url: "nonsense", "kind_payout.paid": "1" });
    expect(boxesIn(ticked)).toEqual(["payout.paid"]);
    expect(await rowsOf(world.db, "webhook_endpoint")).toEqual([]);
  });

  test("is told of all kinds, or of those that are ticked, and is changed", async () => {
    const { world, visitor, at } = await stage();
    await visitor.post(at("/new"), { ...HOOK, which: "some", "kind_payout.paid": "1", "kind_commission.held": "1" });
    const id = await onlyEndpoint(world);
    expect((await visitor.get(at())).text).toContain(WEBHOOKS.someEvents(2, EVENT_KINDS.length));
    expect(boxesIn(await visitor.get(at(`/${id}/change`)))).toEqual(["commission.held", "payout.paid"]);
    const change = { url: "https://other.example.test/", description: "", which: "all", "kind_payout.paid": "1" };
    const saved = await visitor.post(at(`/${id}/change`), change);
    expect(saved).toMatchObject({ status: 303, location: `${at(`/${id}`)}?done=saved` });
    const [row] = await rowsOf(world.db, "webhook_endpoint");
    expect(row).toMatchObject({ url: "https://other.example.test/", description: null, kinds: null });
    const refused = await visitor.post(at(`/${id}/change`), { ...change, url: "ftp://x" });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('value="ftp://x"');
  });

  test("gets another secret: with the old one for a day, or at once", async () => {
    const { world, visitor, at, sent } = await stage();
    const first = secretIn(await visitor.post(at("/new"), HOOK));
    const id = await onlyEndpoint(world);
    const second = await visitor.post(at(`/${id}/roll`), { overlap: "day", once: "a" });
    expect(second.text).toContain(WEBHOOKS.secret.both);
    expect(await visitor.post(at(`/${id}/roll`), { overlap: "day", once: "a" })).toMatchObject({ status: 303 });
    await visitor.post(at(`/${id}/test`));
    for (const secret of [first, secretIn(second)]) expect(verified(secret, said(sent[0])).type).toBe("test");
    const third = await visitor.post(at(`/${id}/roll`), { overlap: "now", once: "b" });
    expect(third.text).toContain(WEBHOOKS.secret.alone);
    await visitor.post(at(`/${id}/test`));
    expect(() => verified(secretIn(second), said(sent[1]))).toThrow("No matching signature");
    expect(verified(secretIn(third), said(sent[1])).type).toBe("test");
  });

  test("is switched off and on: it goes on where it stopped, or skips what was missed", async () => {
    const { world, app, visitor, at, sent } = await stage();
    await visitor.post(at("/new"), { ...HOOK, which: "some", "kind_conversion.created": "1" });
    const id = await onlyEndpoint(world);
    const missed = async (user: string, how: string) => {
      const before = sent.length;
      await visitor.post(at(`/${id}/off`));
      await pay(world, app, user);
      await world.runJobs();
      expect((await visitor.get(at(`/${id}`))).text).toContain(WEBHOOKS.endpoint.onContinue);
      await visitor.post(at(`/${id}/on`), { missed: how });
      await world.runJobs();
      return customersIn(sent.slice(before));
    };
    expect(await missed("u1", "keep")).toEqual(["u1"]);
    expect(await missed("u2", "skip")).toEqual([]);
    await pay(world, app, "u3");
    await world.runJobs();
    expect(customersIn(sent)).toEqual(["u1", "u3"]);
  });

  test("is sent no test that is asked for by an address that cannot be read", async () => {
    const { world, visitor, at, sent } = await stage();
    await visitor.post(at("/new"), HOOK);
    const id = await onlyEndpoint(world);
    expect(await visitor.post(at(`/${id}/test?status=nonsense`))).toMatchObject({ status: 400 });
    expect(sent).toEqual([]);
  });

  test("is sent a test, whose outcome is shown as text", async () => {
    const { world, visitor, at, answer } = await stage();
    await visitor.post(at("/new"), HOOK);
    const id = await onlyEndpoint(world);
    const well = await visitor.post(at(`/${id}/test`));
    expect([well.status, well.text.includes(WEBHOOKS.tested.ok)]).toEqual([200, true]);
    const outcomes = [
      [{ kind: "answered", status: 404, excerpt: "<img src=x>" }, ["404", "&lt;img src=x&gt;"]],
      [{ kind: "answered", status: 302, excerpt: "" }, ["302", WEBHOOKS.errors.redirect]],
      [{ kind: "failed", reason: "not_public" }, [WEBHOOKS.errors.not_public]],
    ] as const;
    for (const [outcome, shown] of outcomes) {
      answer(outcome);
      const { text } = await visitor.post(at(`/${id}/test`));
      for (const words of [WEBHOOKS.tested.failed, ...shown]) expect(text).toContain(words);
    }
    expect(await rowsOf(world.db, "webhook_attempt")).toHaveLength(4);
  });

  test("goes for good once that is confirmed", async () => {
    const { world, app, visitor, at } = await stage();
    await addFailingEndpoint(world, app);
    const path = at(`/${endpointOf(app)}`);
    expect((await visitor.get(`${path}/delete`)).text).toContain("https://hooks.example.test/agentlinks");
    const gone = await visitor.post(`${path}/delete`);
    expect(gone).toMatchObject({ status: 303, location: `${at()}?done=deleted` });
    expect((await visitor.get(path)).status).toBe(404);
    expect((await visitor.get(at())).text).toContain(WEBHOOKS.none);
  });
});

describe("who gets at endpoints", () => {
  test("nobody by another app's pages: each page and form answers 404, and nothing is changed", async () => {
    const { world, app, visitor, at } = await stage();
    const theirs = await world.newApp();
    await addFailingEndpoint(world, theirs);
    await visitor.get(at());
    const before = await dumpDatabase(world.db);
    const routes = webhookPages(world.deps).routes.filter(
      ({ method, path }) => method !== "ALL" && path.includes(":e"),
    );
    expect(routes.length).toBeGreaterThan(10);
    for (const { method, path } of routes) {
      const foreign = path.replace(":endpointId", endpointOf(theirs)).replace(":eventId", deliveryOf(theirs));
      for (const id of [app.id, theirs.id]) {
        const here = foreign.replace(":appId", id);
        const { status } = method === "GET" ? await visitor.get(here) : await visitor.post(here, HOOK);
        expect([method, here, status]).toEqual([method, here, 404]);
      }
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("who learns of the app, and by which secret, asks for a fresh code", async () => {
    const { world, app, visitor, at } = await stage();
    await addFailingEndpoint(world, app);
    await visitor.get(at());
    await world.db.batch([{ sql: "UPDATE sessions SET created_at = created_at - 3600000", args: [] }]);
    const before = await dumpDatabase(world.db);
    for (const path of ["/new", ...["/change", "/roll", "/delete"].map((rest) => `/${endpointOf(app)}${rest}`)]) {
      const page = await visitor.get(at(path));
      expect([path, page.location]).toEqual([path, `/signin/confirm?next=${encodeURIComponent(at(path))}`]);
      const form = await visitor.post(at(path), HOOK);
      expect([path, form.status, form.location?.split("?")[0]]).toEqual([path, 303, "/signin/confirm"]);
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });
});

describe("deliveries", () => {
  test("are listed newest first, page by page and by their state, each with its body and tries", async () => {
    const { world, app, visitor, at, answer } = await stage();
    await visitor.post(at("/new"), { ...HOOK, which: "some", "kind_conversion.created": "1" });
    const id = await onlyEndpoint(world);
    for (let n = 0; n < 26; n++) {
      world.advance(1_000);
      await pay(world, app, `u${n}`);
    }
    answer({ kind: "answered", status: 503, excerpt: "Busy <now>" });
    await world.runJobs();
    const first = await visitor.get(at(`/${id}`));
    const rest = await visitor.get(olderOf(first));
    expect([deliveriesIn(first).length, deliveriesIn(rest).length]).toEqual([25, 1]);
    const seqs = [...deliveriesIn(first), ...deliveriesIn(rest)].map((event) => Number(event.split("_").at(-1)));
    expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
    expect(deliveriesIn(await visitor.get(at(`/${id}?status=delivered`)))).toEqual([]);
    expect((await visitor.get(at(`/${id}?status=nonsense`))).status).toBe(400);

    expect(first.text).not.toContain(WEBHOOKS.deliveries.off);
    await visitor.post(at(`/${id}/off`));
    expect((await visitor.get(at(`/${id}`))).text).toContain(WEBHOOKS.deliveries.off);

    const event = deliveriesIn(rest)[0] ?? "";
    const one = await visitor.get(at(`/${id}/deliveries/${event}`));
    for (const words of [
      "conversion.created",
      "Busy &lt;now&gt;",
      "webhook-signature",
      "&quot;user_id&quot;: &quot;u0&quot;",
    ]) {
      expect(one.text).toContain(words);
    }
    answer({ kind: "answered", status: 204, excerpt: "" });
    const again = await visitor.post(at(`/${id}/deliveries/${event}/resend`));
    expect(again.location).toBe(`${at(`/${id}/deliveries/${event}`)}?done=resent`);
    const after = await visitor.get(again.location ?? "");
    for (const words of [WEBHOOKS.done["resent"] ?? "", WEBHOOKS.delivery.byHand]) expect(after.text).toContain(words);
    expect(deliveriesIn(await visitor.get(at(`/${id}?status=delivered`)))).toEqual([event]);
    expect(await actionsOf(world, app)).toContain("webhook.resent");
  });
});

test("an endpoint that fails is told of on the overview and on its own page, one that an owner switched off, or that may be back in a moment, is not", async () => {
  const { world, app, visitor, at } = await stage();
  await addFailingEndpoint(world, app);
  const failing = WEBHOOKS.attention.failing("hooks.example.test");
  for (const path of [`/apps/${app.id}`, at(`/${endpointOf(app)}`)]) {
    expect((await visitor.get(path)).text).toContain(failing);
  }
  await world.db.batch([
    { sql: "UPDATE webhook_endpoint SET status = 'disabled', disabled_reason = 'failing'", args: [] },
  ]);
  expect((await visitor.get(`/apps/${app.id}`)).text).toContain(WEBHOOKS.attention.offFailing("hooks.example.test"));
  await world.db.batch([{ sql: "UPDATE webhook_endpoint SET disabled_reason = 'owner'", args: [] }]);
  expect((await visitor.get(`/apps/${app.id}`)).text).not.toContain("hooks.example.test");
  await world.db.batch([
    {
      sql: "UPDATE webhook_endpoint SET status = 'active', disabled_reason = NULL, failing_since = ?1",
      args: [BigInt(world.deps.now())],
    },
  ]);
  expect((await visitor.get(`/apps/${app.id}`)).text).not.toContain("hooks.example.test");
  expect((await visitor.get(at(`/${endpointOf(app)}`))).text).toContain(failing);
});

describe("the log of events", () => {
  test("has all that is told, newest first, page by page and by kind, and says how to ask for it", async () => {
    const { world, app, visitor } = await stage();
    const path = `/apps/${app.id}/activity/events`;
    for (let n = 0; n < 10; n++) await pay(world, app, `u${n}`);
    const feed = await world.call("/api/v1/events?limit=100", undefined, { key: app.key });
    const ids = feed.body.events.map(({ id }: { id: string }) => id).toReversed();
    const first = await visitor.get(path);
    const rest = await visitor.get(olderOf(first));
    expect([...eventsIn(first), ...eventsIn(rest)]).toEqual(ids);
    expect(first.text).toContain(`/api/v1/events?after=${ids[0]}`);
    expect(rest.text).toContain(WEBHOOKS.kinds["affiliate.joined"]);
    const joined = await visitor.get(`${path}?type=affiliate.joined`);
    expect(eventsIn(joined)).toEqual([ids.at(-1)]);
    expect((await visitor.get(`${path}?type=payout.paid`)).text).toContain(EVENT_LOG.noneOf);
    expect(eventsIn(await visitor.get(`${path}?type=nonsense&before=x`))).toEqual(ids.slice(0, 25));
  });
});

describe("the code to verify with", () => {
  test("takes what we signed, and nothing else", async () => {
    const { world, visitor, at, sent } = await stage();
    const secret = secretIn(await visitor.post(at("/new"), HOOK));
    await visitor.post(at(`/${await onlyEndpoint(world)}/test`));
    const { body, headers } = said(sent[0]);
    const calls = [body, body.replace("test", "best")].map((text) => ({ method: "POST", headers, body: text }));
    const output = await runScript(`
      process.env.AGENTLINKS_WEBHOOK_SECRET = ${JSON.stringify(secret)};
      ${VERIFY_CODE}
      for (const call of ${JSON.stringify(calls)}) {
        console.log((await POST(new Request("https://hooks.example.test/", call))).status);
      }`).ended;
    const { id, data } = JSON.parse(body);
    expect(output).toContain(`${id} test {`);
    expect(output).toContain(data.message);
    expect(output.match(/^\d{3}$/gm)).toEqual(["204", "400"]);
  });
});

interface Stage {
  readonly world: World;
  readonly app: TestApp;
  readonly visitor: Visitor;
  /** A path below the endpoints' page. */
  readonly at: (rest?: string) => string;
  /** What endpoints were sent. */
  readonly sent: ReturnType<typeof recordedWebhooks>["sent"];
  /** How they answer from now on. */
  readonly answer: (how: WebhookAnswer) => void;
  readonly logged: readonly unknown[];
}

/** An app, with its owner signed in, and endpoints that take everything. */
async function stage(): Promise<Stage> {
  let how: WebhookAnswer = { kind: "answered", status: 204, excerpt: "" };
  const { gateway, sent } = recordedWebhooks(() => how);
  const logged: unknown[] = [];
  const world = await createWorld({ webhooks: gateway, log: (entry) => void logged.push(entry) });
  const app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  const visitor = openVisitor(world);
  await visitor.signIn(OWNER);
  await visitor.get("/account");
  const at = (rest = "") => `/apps/${app.id}/settings/webhooks${rest}`;
  return { world, app, visitor, at, sent, answer: (next) => void (how = next), logged };
}

async function pay(world: World, app: TestApp, userId: string): Promise<void> {
  const body = { ref: app.ref, user_id: userId, amount_cents: 10_000 };
  await world.call("/api/track/conversion", body, { key: app.key });
}

async function onlyEndpoint(world: World): Promise<string> {
  const rows = await rowsOf(world.db, "webhook_endpoint");
  expect(rows).toHaveLength(1);
  return String(rows[0]?.["id"]);
}

async function actionsOf(world: World, app: TestApp): Promise<readonly string[]> {
  const { body } = await world.call("/api/v1/audit", undefined, { key: app.key });
  const actions: string[] = body.entries.map(({ action }: { action: string }) => action);
  return actions.filter((action) => action.startsWith("webhook.")).toReversed();
}

function said(message: { readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined) {
  if (message === undefined) throw new Error("nothing was sent");
  return { headers: message.headers, body: message.body };
}

function customersIn(messages: Stage["sent"]): readonly string[] {
  return messages.map(({ body }) => JSON.parse(body).data.user_id);
}

function onceOf({ text }: PageAnswer): string {
  return /name="once" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

function secretIn({ text }: PageAnswer): string {
  return SECRET.exec(text)?.[0] ?? "none";
}

function boxesIn({ text }: PageAnswer): readonly string[] {
  return [...text.matchAll(/name="kind_([\w.]+)"[^>]*\bchecked/g)].map(([, kind = ""]) => kind);
}

function deliveriesIn({ text }: PageAnswer): readonly string[] {
  return [...text.matchAll(/\/deliveries\/(evt_[\w-]+)"/g)].map(([, id = ""]) => id);
}

function eventsIn({ text }: PageAnswer): readonly string[] {
  return [...text.matchAll(/aria-label="Event (evt_[\w-]+)"/g)].map(([, id = ""]) => id);
}

function olderOf({ text }: PageAnswer): string {
  return (/href="([^"]+)" rel="next"/.exec(text)?.[1] ?? "").replaceAll("&amp;", "&");
}
