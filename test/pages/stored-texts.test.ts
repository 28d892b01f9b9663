import { expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { shareStory } from "../../worker/services/explain/share-story.ts";
import { draftBulkChange } from "../../worker/services/affiliates/bulk-change.ts";
import { HOSTILE_TEXTS } from "../support/hostile-texts.ts";
import { DAY_MS } from "../support/creators.ts";
import { joinAccount, spend } from "../support/friend-stage.ts";
import { redeem } from "../support/friends.ts";
import { draft, giveMethod, setMinimums, step } from "../support/payouts.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { recordedWebhooks } from "../support/webhook-receiver.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const CONSOLE = "/settings/affiliates";
const OWNER = "owner@example.test";
/** As many as the hostile ones, and as different from each other. */
const PLAIN_TEXTS = HOSTILE_TEXTS.map((_, n) => `Plain ${n}`);
/** Of what a page shows one at a time, or an app may have only some. */
const FEW = 10;
/** Each has four pages. */
const FEW_ENDPOINTS = 3;

test(
  "D-stored_texts fifty hostile texts in every stored field add no element and no attribute to any page",
  { timeout: 60_000 },
  async () => {
    const [hostile, plain] = [await pagesWith(HOSTILE_TEXTS), await pagesWith(PLAIN_TEXTS)];
    expect(hostile.size).toBeGreaterThan(40);
    for (const [name, html] of plain)
      expect([name, skeletonOf(hostile.get(name) ?? "")]).toEqual([name, skeletonOf(html)]);
    // They are shown, so that this is no test of empty pages.
    const shown = [...hostile.values()].join("\n");
    for (const text of HOSTILE_TEXTS) expect(shown).toContain(escaped(text));
  },
);

/** Every page of an app that has these texts wherever a text is stored, by name. */
async function pagesWith(texts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { gateway, sent } = recordedWebhooks(() => ({
    kind: "answered",
    status: 500,
    excerpt: texts[sent.length] ?? "",
  }));
  const world = await createWorld({ webhooks: gateway });
  const app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  const stored = await store(world, app, texts);
  const [owner, creator, operator] = [openVisitor(world), openVisitor(world), openVisitor(world)];
  await owner.signIn(OWNER);
  await creator.signIn("creator1@example.test");
  await operator.signIn("operator@example.test");
  const shown = new Map<string, string>();
  const see = async (visitor: Visitor, name: string, path: string) => {
    const { status, text } = await visitor.get(path);
    expect([path, status]).toEqual([path, 200]);
    shown.set(name, text);
  };
  for (const [name, path] of pathsOf(app, stored)) {
    await see(name.startsWith("creator:") ? creator : name.startsWith("console:") ? operator : owner, name, path);
  }
  for (const [n, id] of stored.conversions.slice(0, FEW).entries()) {
    const story = { subject: "conversion", id, appId: app.id, affiliateId: app.affiliateId } as const;
    await see(openVisitor(world), `story ${n}`, new URL((await shareStory(world.deps, story)).url).pathname);
  }
  for (const [name, path] of consolePathsOf(app, stored)) await see(operator, name, path);
  for (const [n, text] of texts.entries()) {
    await see(owner, `why ${n}`, `/apps/${app.id}/activity/explain?user_id=${encodeURIComponent(text)}`);
    await see(owner, `account ${n}`, `/apps/${app.id}/credits/account?id=${encodeURIComponent(text)}`);
  }
  // What an app has one of.
  for (const [n, text] of texts.slice(0, FEW).entries()) {
    await world.call("/api/v1/app", { name: text, credits: { about: text } }, { key: app.key, method: "PATCH" });
    await see(owner, `settings ${n}`, `/apps/${app.id}/settings/credits`);
    await see(owner, `app ${n}`, `/apps/${app.id}`);
    await see(openVisitor(world), `join ${n}`, `/join/${app.id}`);
    await see(creator, `creator's app ${n}`, `/referrals/${app.id}`);
    await see(operator, `console's app ${n}`, `${CONSOLE}/payouts`);
  }
  return shown;
}

interface Stored {
  readonly conversions: readonly string[];
  readonly affiliates: readonly string[];
  readonly batch: string;
  readonly redemptions: readonly string[];
  readonly bulk: readonly string[];
  /** Of each endpoint its page, and the one of what it was sent. */
  readonly endpoints: readonly (readonly [string, string])[];
}

async function store(world: World, app: TestApp, texts: readonly string[]): Promise<Stored> {
  const call = async (path: string, body: object, method?: string) => {
    world.advance(1);
    const options = { key: app.key, ...(method === undefined ? {} : { method }) };
    const answer = await world.call(path, body, options);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const [conversions, affiliates, redemptions]: [string[], string[], string[]] = [[], [], []];
  await joinAccount(world, app, "acc_mara");
  const own = `/api/v1/affiliates/${app.affiliateId}`;
  await call(own, { name: texts[5] }, "PATCH");
  await call("/api/v1/app/terms", { text: texts.join("\n") }, "PUT");
  for (const [n, text] of texts.entries()) {
    const made = await call("/api/v1/affiliates", { email: `a${n}@example.test`, name: text, account_id: text });
    affiliates.push(made.affiliate.id);
    await call("/api/v1/invitations", { email: `i${n}@example.test`, name: text });
    const payment = { ref: app.ref, user_id: text, amount_cents: 10_000, event_id: text, payment_ref: text };
    const { conversion_id: id } = await call("/api/track/conversion", { ...payment, metadata: { note: text } });
    conversions.push(id);
    await call("/api/track/refund", { user_id: text, amount_cents: 100, event_id: `${n}` });
    await call(`/api/v1/conversions/${id}/hold`, { reason: text });
    await call(`/api/v1/conversions/${id}/release`, { reason: text });
    await call(`${own}/corrections`, { amount_cents: 100, currency: "usd", reason: text, event_id: `c${n}` });
    await world.call("/api/track/signup", { ref: "nobody", user_id: text }, { key: app.key });
    // A stranger's word: it waits for the owner.
    await world.call("/api/track/conversion", { ref: app.ref, user_id: `${text} again`, amount_cents: 500 });
    const brought = (await redeem(world, app, { code: app.ref, referred_account_id: text })).body;
    await call("/api/v1/credits/revoke", { redemption_id: brought.redemption_id, reason: text });
    redemptions.push(brought.redemption_id);
    await redeem(world, app, { code: app.ref, referred_account_id: `${text} again` });
    await spend(world, app, { account: "acc_mara", amount: 1, reference: text });
    await call(`/api/v1/app/join/accounts/${encodeURIComponent(text)}`, {}, "PUT");
  }
  for (const reason of texts.slice(0, FEW)) {
    const collected = { app_id: app.id, currency: "usd", amount_cents: 5, reason };
    await world.call("/api/v1/platform/fees/collections", collected, { key: world.operatorKey });
  }
  await call("/api/v1/app/join", { accounts: "listed" }, "PUT");
  for (const text of texts.slice(0, FEW)) {
    await call("/api/v1/keys", { name: text, scopes: ["read"] });
  }
  await setMinimums(world, app, { usd: 1 });
  await giveMethod(world, app);
  world.advance(16 * DAY_MS);
  const made = await draft(world, app);
  const batch: string = made.body.batch.id;
  await step(world, app, `${batch}/cancel`, { reason: texts[1] });
  const bulk: string[] = [];
  for (const text of texts.slice(0, FEW)) {
    const picked = { by: "filter", filter: { status: null, appId: app.id } } as const;
    const drafted = await draftBulkChange(world.deps, "operator", {
      action: "suspend",
      reason: text,
      rateBps: null,
      picked,
    });
    if (drafted.ok) bulk.push(drafted.value.id);
  }
  const endpoints: (readonly [string, string])[] = [];
  for (const text of texts.slice(0, FEW_ENDPOINTS)) {
    const url = `https://hooks.example.test/${encodeURIComponent(text)}?q=${encodeURIComponent(text)}`;
    const api = `/api/v1/webhooks/${(await call("/api/v1/webhooks", { url, description: text })).endpoint.id}`;
    await call(`${api}/test`, {});
    const { deliveries } = (await world.call(`${api}/deliveries`, undefined, { key: app.key })).body;
    const page = api.replace("/api/v1/", `/apps/${app.id}/settings/`);
    endpoints.push([page, `${page}/deliveries/${deliveries[0].event_id}`]);
  }
  return { conversions, affiliates, batch, bulk, redemptions, endpoints };
}

function consolePathsOf(app: TestApp, { bulk, conversions }: Stored): readonly (readonly [string, string])[] {
  const console = "/settings/affiliates";
  return [
    ["console: ledger", `/settings/affiliates/ledger?app_id=${app.id}`],
    ["console: apps", "/settings/affiliates/ledger/accounts?currency=usd"],
    ["console: creators", `/settings/affiliates/ledger/accounts?currency=usd&app_id=${app.id}`],
    [
      "console: account",
      `/settings/affiliates/ledger/accounts?currency=usd&app_id=${app.id}&affiliate_id=${app.affiliateId}`,
    ],
    ["console: conversion", `/settings/affiliates/ledger/conversions/${app.id}/${conversions[0]}`],
    ["console: fees", "/settings/affiliates/fees"],
    ["console: fee", `/settings/affiliates/fees/${app.id}`],
    ["console: affiliates", `${console}/affiliates`],
    ["console: bulk changes", `${console}/bulk`],
    ["console: app", `${console}/apps/${app.id}`],
    ...bulk.map((id, n) => [`console: bulk change ${n}`, `${console}/bulk/${id}`] as const),
  ];
}

function pathsOf(
  app: TestApp,
  { conversions, affiliates, batch, redemptions, endpoints }: Stored,
): readonly (readonly [string, string])[] {
  const at = (path: string) => `/apps/${app.id}${path}`;
  const mine = (path: string) => `/referrals/${app.id}${path}`;
  return [
    ["apps", "/apps"],
    ["creators", at("/affiliates")],
    ["invitations", at("/affiliates/invite")],
    ["its creator", at(`/affiliates/${app.affiliateId}`)],
    ["conversions", at("/conversions")],
    ["review", at("/conversions/review")],
    ["payouts", at("/payouts")],
    ["batch", at(`/payouts/${batch}`)],
    ["log", at("/activity")],
    ["audit", at("/activity/audit")],
    ["events", at("/activity/events")],
    ["creators' events", at("/activity/events?type=affiliate.joined")],
    ["webhooks", at("/settings/webhooks")],
    ...endpoints.flatMap(([page, delivery], n) => [
      [`endpoint ${n}`, page] as const,
      [`change of endpoint ${n}`, `${page}/change`] as const,
      [`end of endpoint ${n}`, `${page}/delete`] as const,
      [`delivery ${n}`, delivery] as const,
    ]),
    ["keys", at("/settings/keys")],
    ["joining", at("/settings/joining")],
    ...conversions.slice(0, FEW).map((id, n) => [`conversion ${n}`, at(`/conversions/${id}`)] as const),
    ...affiliates.slice(0, FEW).map((id, n) => [`affiliate ${n}`, at(`/affiliates/${id}`)] as const),
    ["credits", at("/credits")],
    ["credits of the referrer", at("/credits/account?id=acc_mara")],
    ["credit settings", at("/settings/credits")],
    ...redemptions.slice(0, FEW).map((id, n) => [`friend ${n}`, at(`/credits/${id}`)] as const),
    ["creator: credits", mine("/credits")],
    ["console: payouts", `${CONSOLE}/payouts/all`],
    ["console: making batches", `${CONSOLE}/payouts/new`],
    ["console: due", `${CONSOLE}/payouts/${app.id}`],
    ["console: batch", `${CONSOLE}/payouts/${app.id}/${batch}`],
    ["console: mails", `${CONSOLE}/deliveries`],
    ["console: events", `${CONSOLE}/deliveries/stripe`],
    ["console: audit", `${CONSOLE}/audit`],
    ["creator: programs", "/referrals"],
    ["platform fee", at("/payouts/fees")],
    ["code", at(`/activity/explain?subject=ref&id=${app.ref}&share=1`)],
    ["creator: overview", mine("")],
    ["creator: commissions", mine("/commissions")],
    ["creator: statements", mine("/statements")],
    ["creator: payouts", mine("/payouts")],
    ["creator: why", mine(`/commissions/${conversions[0]}`)],
  ];
}

/** The elements of a page with the names of their attributes; sorted, because rows of one instant have no order. */
function skeletonOf(html: string): string {
  return (html.match(/<[^>]*>/g) ?? [])
    .map((tag) => tag.replaceAll(/="[^"]*"/g, ""))
    .toSorted()
    .join("\n");
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}
