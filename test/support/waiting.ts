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

/**
 * A stranger says that the app's user `u0` has paid, twice: conversions by known ids that wait for the owner, one of them held by
 * hand. Stripe tells of a customer: an event to be replayed. A call of the app's backend was refused: to be run again. And the
 * affiliate has a token, and has said where their money goes.
 */
export async function announce(world: World, app: TestApp): Promise<void> {
  for (const id of [WAITING, HELD]) await announceOne(world, app, id);
  const none = { objects: [], links: [], bindings: [], charges: [], refunds: [], disputes: [] };
  const facts = { ...none, customers: [{ id: "cus_0", createdAt: null, emailHmac: null, emailMask: null }] };
  const call = { ref: app.ref, userId: "u7", customerCreatedAt: null, eventId: "refused" };
  await world.db.batch([
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
  const held = await world.call(`/api/v1/conversions/${HELD}/hold`, { reason: "a test" }, { key: app.key });
  if (held.status !== 200) throw new Error(`not held: ${JSON.stringify(held.body)}`);
  await issueToken(world, app, { id: tokenIdOf(app) });
  const method = { kind: "other", details: "To be changed" };
  const path = `/api/v1/affiliates/${app.affiliateId}/payout-method`;
  const changed = await world.call(path, method, { key: app.key, method: "PUT" });
  if (changed.status !== 200) throw new Error(`no payout method: ${JSON.stringify(changed.body)}`);
}

async function announceOne(world: World, app: TestApp, id: string): Promise<void> {
  const { newId } = world.deps;
  Object.assign(world.deps, { newId: (prefix: string) => (prefix === "conv" ? id : newId(prefix)) });
  const body = { ref: app.ref, user_id: "u0", amount_cents: 10_000, event_id: id };
  const answer = await world.call("/api/track/conversion", body);
  Object.assign(world.deps, { newId });
  if (answer.body.conversion_id !== id) throw new Error(`not announced: ${JSON.stringify(answer.body)}`);
}
