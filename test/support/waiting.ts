import { drawSecret } from "../../worker/services/webhooks/sign-webhook.ts";
import type { Statement } from "../../worker/store/db.ts";
import { issueToken } from "./keys.ts";
import type { TestApp, World } from "./world.ts";

/** What `announce` makes, in each app that it is called for. */
export const WAITING = "conv_waiting";

/** What `announce` makes and holds by hand, in each app that it is called for. */
export const HELD = "conv_held";

/** The number of the refused call that `announce` leaves in the app: numbers are of the whole installation. */
export function dropOf(app: TestApp): number {
  return Array.from(app.id).reduce((sum, letter) => (sum * 131 + (letter.codePointAt(0) ?? 0)) % 1_000_000_007, 7);
}

/** The event of Stripe's that `announce` puts into the app's inbox. */
export function eventOf(app: TestApp): string {
  return `evt_of_${app.id.slice("app_".length)}`;
}

/** The token of the app's affiliate that `announce` makes: to be revoked. */
export function tokenIdOf(app: TestApp): string {
  return `tok_of_${app.id.slice("app_".length)}`;
}

/** The batches and payouts that `announce` makes, by what is to happen to them. */
export function batchOf(app: TestApp, state: "draft" | "approved" | "running"): string {
  return `bat_${state}_${app.id.slice("app_".length)}`;
}

export function payoutOf(app: TestApp, state: "open" | "settled" | "failed" | "lost"): string {
  return `po_${state}_${app.id.slice("app_".length)}`;
}

/** The webhook endpoint that `announce` adds, which is told of a signup that was sent to it. */
export function endpointOf(app: TestApp): string {
  return `whe_of_${app.id.slice("app_".length)}`;
}

export function webhookEventOf(app: TestApp): string {
  return `evt_${app.id.slice("app_".length)}_1`;
}

/** The open invitation that `announce` makes, for the same address in each app: to be taken back. */
export function invitationOf(app: TestApp): string {
  return `inv_of_${app.id.slice("app_".length)}`;
}

/** The account that brings friends, and the one it brought whose redemption waits, in each app that `announce` is called for. */
export const REFERRER = "acc_referrer";
export const REFERRED = "acc_referred";

/** The friend code of `REFERRER`: codes are of the whole installation. */
export function friendCodeOf(app: TestApp): string {
  return `friend_${app.id.slice("app_".length).toLowerCase()}`;
}

/** The redemptions that `announce` makes, by what has become of them. */
export function redemptionOf(app: TestApp, state: "pending" | "successful"): string {
  return `rdm_${state}_${app.id.slice("app_".length)}`;
}

/** The bonus of theirs that no payout has settled. */
export function correctionOf(app: TestApp): string {
  return `cor_2_${app.id}`;
}

/**
 * A stranger says that the app's user `u0` has paid, twice: conversions by known ids that wait for the owner, one of them held by
 * hand. Stripe tells of a customer: an event to be replayed. A call of the app's backend was refused: to be run again. And the
 * affiliate has a token, has said where their money goes, and is paid bonuses: one is under way, one has arrived, one failed, and of one
 * nobody can ask Stripe what became. The operator pays the app's creators.
 */
export async function announce(world: World, app: TestApp): Promise<void> {
  for (const id of [WAITING, HELD]) await announceOne(world, app, id);
  const none = { objects: [], links: [], bindings: [], charges: [], refunds: [], disputes: [] };
  const facts = { ...none, customers: [{ id: "cus_0", createdAt: null, emailHmac: null, emailMask: null }] };
  const call = { ref: app.ref, userId: "u7", customerCreatedAt: null, eventId: "refused" };
  await world.db.batch([
    insert("invitation", {
      app: app.id,
      id: invitationOf(app),
      email: "both@example.test",
      actor: "a test",
      created_at: 0n,
    }),
    { sql: "UPDATE app SET operator_funded = 1 WHERE id = ?1", args: [app.id] },
    {
      sql: `INSERT INTO stripe_event (app, account, livemode, id, type, object, subject, facts, created_at, received_at)
        VALUES (?1, '', 1, ?2, 'customer.created', 'cus_0', 'cus_0', ?3, 0, 0)`,
      args: [app.id, eventOf(app), JSON.stringify(facts)],
    },
    {
      sql: `INSERT INTO "drop" (seq, app, kind, reason, code, user_id, body, created_at)
        VALUES (?1, ?2, 'signup', 'unknown_ref', ?3, 'u7', ?4, ?5)`,
      args: [BigInt(dropOf(app)), app.id, app.ref, JSON.stringify(call), BigInt(world.deps.now())],
    },
  ]);
  await sendWebhook(world, app);
  const held = await world.call(`/api/v1/conversions/${HELD}/hold`, { reason: "a test" }, { key: app.key });
  if (held.status !== 200) throw new Error(`not held: ${JSON.stringify(held.body)}`);
  await issueToken(world, app, { id: tokenIdOf(app) });
  const method = { kind: "other", details: "To be changed" };
  const path = `/api/v1/affiliates/${app.affiliateId}/payout-method`;
  const changed = await world.call(path, method, { key: app.key, method: "PUT" });
  if (changed.status !== 200) throw new Error(`no payout method: ${JSON.stringify(changed.body)}`);
  await payBonuses(world, app);
  await bringFriends(world, app);
}

/** An event was sent to an endpoint of the app, and taken. */
async function sendWebhook(world: World, app: TestApp): Promise<void> {
  const endpoint = endpointOf(app);
  const { sealed } = await drawSecret(world.deps);
  await world.db.batch([
    insert("webhook_endpoint", {
      app: app.id,
      id: endpoint,
      url: "https://hooks.example.test/",
      secret: sealed,
      secret_prefix: "whsec_AbCd",
      after_seq: 1n,
      created_at: 0n,
    }),
    insert("webhook_delivery", {
      app: app.id,
      endpoint,
      seq: 1n,
      kind: "affiliate.joined",
      object: app.affiliateId,
      status: "delivered",
      created_at: 0n,
      ended_at: BigInt(world.deps.now()),
    }),
  ]);
}

/** An account with a code brought two friends: one brought it 100 credits, the other's redemption waits. */
async function bringFriends(world: World, app: TestApp): Promise<void> {
  const now = BigInt(world.deps.now());
  const code = friendCodeOf(app);
  const redemption = { app: app.id, referrer_account: REFERRER, code, status: "pending", created_at: now };
  const successful = redemptionOf(app, "successful");
  await world.db.batch([
    insert("code", { code, app: app.id, account: REFERRER, ref: code, created_at: now }),
    insert("credit_account", { app: app.id, account: REFERRER, code, created_at: now }),
    insert("redemption", { ...redemption, id: redemptionOf(app, "pending"), referred_account: REFERRED }),
    insert("redemption", { ...redemption, id: successful, referred_account: "acc_brought" }),
    {
      sql: `UPDATE redemption SET status = 'successful', referrer_award = 100, referred_award = 100, completed_at = ?3
        WHERE app = ?1 AND id = ?2`,
      args: [app.id, successful, now],
    },
  ]);
}

const BONUS = 10_000n;

/** What the verbs leave of four bonuses, three of them paid, without their dozen of calls. */
async function payBonuses(world: World, app: TestApp): Promise<void> {
  const now = BigInt(world.deps.now());
  const states = ["open", "settled", "failed", "lost"] as const;
  const [open, settled, failed, lost] = states.map((state) => payoutOf(app, state));
  const [draft, approved, running] = (["draft", "approved", "running"] as const).map((state) => batchOf(app, state));
  const money = { app: app.id, affiliate: app.affiliateId, currency: "usd" };
  const bonus = { ...money, amount: BONUS, kind: "correction", reason: "a test", actor: "a test", created_at: now };
  const posting = (kind: string, cause: string, net: bigint) =>
    insert("ledger", { ...money, kind, cause, fact: cause, net, created_at: now });
  const batch = {
    app: app.id,
    kind: "hand",
    rail: "manual",
    payer: "app",
    through_day: now / 86_400_000n,
    created_at: now,
  };
  const decision = { approved_by: "a test", approved_at: now };
  const method = `(SELECT m.id FROM payout_method m WHERE m.app = ?1 AND m.affiliate = ?2)`;
  const payout = (id: string, status: string, settledAt: bigint | null, rail = "manual") => ({
    sql: `INSERT INTO payout (app, affiliate, id, batch, currency, amount, through_day, rail, payer, method, status, actor, posted,
        created_at, settled_at) VALUES (?1, ?2, ?3, ?4, 'usd', ?5, ?6, ?10, 'app', ${method}, ?7, 'a test', 1, ?8, ?9)`,
    args: [app.id, app.affiliateId, id, running ?? "", BONUS, now / 86_400_000n, status, now, settledAt, rail],
  });
  await world.db.batch([
    insert("payout_batch", { ...batch, id: draft ?? "", status: "draft", actor: "a test" }),
    insert("payout_batch", { ...batch, ...decision, id: approved ?? "", status: "approved", actor: "a test" }),
    insert("payout_batch", { ...batch, ...decision, id: running ?? "", status: "running", actor: "a test" }),
    insert("payout_line", { ...money, batch: draft ?? "", amount: BONUS }),
    insert("payout_line", { ...money, batch: approved ?? "", amount: BONUS }),
    insert("payout_line", { ...money, batch: running ?? "", amount: 4n * BONUS, done: 1n }),
    payout(open ?? "", "processing", null),
    payout(settled ?? "", "settled", now),
    payout(failed ?? "", "failed", null),
    payout(lost ?? "", "processing", null, "stripe"),
    {
      sql: "UPDATE payout SET sent_at = 0, error = 'no_key' WHERE app = ?1 AND id = ?2",
      args: [app.id, lost ?? ""],
    },
    ...[open, settled, null, lost].flatMap((paid, at) => [
      insert("correction", { ...bonus, id: `cor_${at}_${app.id}`, payout: paid ?? null }),
      posting("adjust", `cor_${at}_${app.id}`, BONUS),
    ]),
    ...[open, settled, failed, lost].map((id) => posting("payout", id ?? "", -BONUS)),
    posting("payout_return", failed ?? "", BONUS),
    {
      sql: `INSERT INTO total (app, affiliate, currency, adjust, paid) VALUES (?1, ?2, 'usd', ?3, ?4)
        ON CONFLICT DO UPDATE SET adjust = adjust + excluded.adjust, paid = paid + excluded.paid`,
      args: [app.id, app.affiliateId, 4n * BONUS, 3n * BONUS],
    },
  ]);
}

async function announceOne(world: World, app: TestApp, id: string): Promise<void> {
  const { newId } = world.deps;
  Object.assign(world.deps, { newId: (prefix: string) => (prefix === "conv" ? id : newId(prefix)) });
  const body = { ref: app.ref, user_id: "u0", amount_cents: 10_000, event_id: id };
  const answer = await world.call("/api/track/conversion", body);
  Object.assign(world.deps, { newId });
  if (answer.body.conversion_id !== id) throw new Error(`not announced: ${JSON.stringify(answer.body)}`);
}

function insert(table: string, row: Readonly<Record<string, string | bigint | null>>): Statement {
  const columns = Object.keys(row);
  const places = columns.map((_, at) => `?${at + 1}`);
  return {
    sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places.join(", ")})`,
    args: Object.values(row),
  };
}
