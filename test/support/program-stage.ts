import { openVisitor, type Visitor } from "./visitor.ts";
import { giveMethod, runBatch, setMinimums } from "./payouts.ts";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { type Answer, type Json, type TestApp, type World } from "./world.ts";

/** The person who owns the apps of a stage. */
export const OWNER = "owner@example.test";
const DAY_MS = 86_400_000;

/** An app in full swing, and its owner in front of it. */
export interface ProgramStage {
  readonly app: TestApp;
  readonly owner: Visitor;
  /** Where a page of the app is. */
  readonly at: (path: string) => string;
  /** Conversions by what became of them. */
  readonly conversions: Readonly<Record<"clear" | "review" | "second" | "held", string>>;
}

/** An app that is owned, with its owner signed in: nothing has happened in it. */
export async function openStage(world: World): Promise<Pick<ProgramStage, "app" | "owner" | "at">> {
  const app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  const owner = openVisitor(world);
  await owner.signIn(OWNER);
  // A form is sent from a page: its token comes from there.
  await owner.get(`/apps/${app.id}/affiliates/invite`);
  return { app, owner, at: (path) => `/apps/${app.id}${path}` };
}

/** The same with payments that are clear, wait in review and are held, all of them mature, and a creator who can be paid. */
export async function openFullStage(world: World): Promise<ProgramStage> {
  const stage = await openStage(world);
  const { app } = stage;
  await setMinimums(world, app, { usd: 1 });
  await giveMethod(world, app);
  const clear = await pay(world, app, { user: "clear", amount: 10_000, key: app.key });
  const review = await pay(world, app, { user: "review", amount: 20_000 });
  const second = await pay(world, app, { user: "second", amount: 5_000 });
  const held = await pay(world, app, { user: "held", amount: 30_000, key: app.key });
  done(await world.call(`/api/v1/conversions/${held}/hold`, { reason: "looks odd" }, { key: app.key }));
  world.advance(16 * DAY_MS);
  return { ...stage, conversions: { clear, review, second, held } };
}

/** A signup and a payment of a user of the creator's: vouched for with a key, else a stranger's word. Answers the conversion. */
export async function pay(
  world: World,
  app: TestApp,
  { user, amount, key }: { user: string; amount: number; key?: string },
): Promise<string> {
  world.advance(1);
  const said = { ref: app.ref, app_id: app.id, user_id: user };
  done(await world.call("/api/track/signup", said, { key }));
  const payment = { ...said, amount_cents: amount, event_id: `pay-${user}`, payment_ref: `order-${user}` };
  return done(await world.call("/api/track/conversion", payment, { key })).conversion_id;
}

/** Pays what is due, so that there is a batch that has run. Answers its id. */
export async function payAll(world: World, app: TestApp): Promise<string> {
  return (await runBatch(world, app)).id;
}

/** The lines of the audit log of an action, the newest first. */
export async function auditOf(world: World, app: TestApp, action: string): Promise<readonly Json[]> {
  const answer = await world.call(`/api/v1/audit?action=${action}`, undefined, { key: app.key });
  return done(answer).entries;
}

function done(answer: Answer): Json {
  if (answer.status >= 300) throw new Error(`refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A form with fields that a browser sends more than once, or with a file. Answers the page as it came. */
export async function postForm(
  world: World,
  { owner }: Pick<ProgramStage, "owner">,
  path: string,
  form: URLSearchParams | FormData,
): Promise<{ readonly status: number; readonly text: string; readonly location: string | null }> {
  form.set("csrf", owner.csrf());
  const encoded = new Response(form);
  const response = await world.request(path, {
    method: "POST",
    body: new Uint8Array(await encoded.arrayBuffer()),
    headers: {
      "Content-Type": encoded.headers.get("Content-Type") ?? "",
      Cookie: [...owner.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      Origin: new URL(world.deps.config.publicUrl).origin,
      "Sec-Fetch-Site": "same-origin",
    },
  });
  return { status: response.status, text: await response.text(), location: response.headers.get("Location") };
}

/** Every page of the owner's about the program: what is asked for, and what it answers them. */
export interface ProgramRoute {
  readonly method: "GET" | "POST";
  readonly path: (ids: ProgramIds) => string;
  readonly fields?: Readonly<Record<string, string>>;
  /** 200, or 303 where a form was taken. */
  readonly status: number;
  /** Its path names something of the app: another app's is not there. */
  readonly names?: true;
}

export interface ProgramIds {
  readonly affiliate: string;
  readonly ref: string;
  readonly waiting: string;
  readonly held: string;
  readonly rule: string;
  readonly batches: Readonly<Record<"draft" | "approved" | "running", string>>;
  readonly payouts: Readonly<Record<"open" | "settled" | "failed", string>>;
}

const REASON = { reason: "a test" };

/** In an order in which each succeeds after those before it. */
export const PROGRAM_ROUTES: readonly ProgramRoute[] = [
  get(() => "/affiliates"),
  get(() => "/affiliates/invite"),
  get(({ affiliate }) => `/affiliates/${affiliate}`, true),
  get(({ affiliate }) => `/affiliates/${affiliate}/status?to=suspended`, true),
  get(({ affiliate, ref }) => `/affiliates/${affiliate}/codes/retire?ref=${ref}`, true),
  get(() => "/conversions"),
  get(({ waiting }) => `/conversions/${waiting}`, true),
  get(() => "/conversions/review"),
  get(() => "/conversions/customers/erase?user_id=u0"),
  get(() => "/payouts"),
  get(({ batches }) => `/payouts/${batches.draft}`, true),
  get(({ batches }) => `/payouts/${batches.running}/csv`, true),
  get(({ payouts }) => `/payouts/payout/${payouts.open}`, true),
  get(() => "/activity/explain"),
  get(() => "/activity/audit"),
  post(() => "/affiliates/add", { email: "added@example.test" }),
  post(() => "/affiliates/invite", { email: "invited@example.test" }),
  post(({ affiliate }) => `/affiliates/${affiliate}/name`, { name: "Renamed" }, true),
  post(({ affiliate }) => `/affiliates/${affiliate}/rate`, { rate: "own", commission_percent: "12.5" }, true),
  post(({ affiliate }) => `/affiliates/${affiliate}/codes`, {}, true),
  post(({ affiliate }) => `/affiliates/${affiliate}/corrections`, { amount: "1", currency: "usd", ...REASON }, true),
  post(({ affiliate }) => `/affiliates/${affiliate}/status`, { to: "suspended", ...REASON }, true),
  post(({ affiliate }) => `/affiliates/${affiliate}/status`, { to: "active", ...REASON }, true),
  post(({ waiting }) => `/conversions/${waiting}/hold`, REASON, true),
  post(({ held }) => `/conversions/${held}/release`, REASON, true),
  post(({ held }) => `/conversions/${held}/decide`, { decision: "approve", ...REASON }, true),
  post(() => "/conversions/review/rules", { max_event: "1", max_day: "2", currency: "eur", ...REASON }),
  post(({ rule }) => `/conversions/review/rules/${rule}/end`, {}, true),
  post(({ payouts }) => `/payouts/payout/${payouts.failed}/retry`, {}, true),
  post(({ payouts }) => `/payouts/payout/${payouts.settled}/return`, REASON, true),
  post(({ payouts }) => `/payouts/payout/${payouts.open}/fail`, REASON, true),
  post(({ batches }) => `/payouts/${batches.draft}/approve`, {}, true),
  post(({ batches }) => `/payouts/${batches.draft}/cancel`, REASON, true),
  post(({ batches }) => `/payouts/${batches.approved}/run`, {}, true),
];

function get(path: ProgramRoute["path"], names = false): ProgramRoute {
  return { method: "GET", path, status: 200, ...(names ? { names } : {}) };
}

function post(path: ProgramRoute["path"], fields: Readonly<Record<string, string>>, names = false): ProgramRoute {
  return { method: "POST", path, fields, status: 303, ...(names ? { names } : {}) };
}
