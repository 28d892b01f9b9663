import { issueToken } from "./keys.ts";
import type { TestApp, World } from "./world.ts";

/** What `announce` makes, in each app that it is called for. */
export const WAITING = "conv_waiting";

/** The event of Stripe's that `announce` puts into the app's inbox. */
export function eventOf(app: TestApp): string {
  return `evt_of_${app.id.slice("app_".length)}`;
}

/** The token of the app's affiliate that `announce` makes: to be revoked. */
export function tokenIdOf(app: TestApp): string {
  return `tok_of_${app.id.slice("app_".length)}`;
}

/**
 * A stranger says that the app's user `u0` has paid: a conversion by a known id that waits for the owner. And Stripe tells of
 * a customer: an event to be replayed. The affiliate has a token, and has said where their money goes.
 */
export async function announce(world: World, app: TestApp): Promise<void> {
  const { newId } = world.deps;
  Object.assign(world.deps, { newId: (prefix: string) => (prefix === "conv" ? WAITING : newId(prefix)) });
  const body = { ref: app.ref, user_id: "u0", amount_cents: 10_000, event_id: "waiting" };
  const answer = await world.call("/api/track/conversion", body);
  Object.assign(world.deps, { newId });
  if (answer.body.conversion_id !== WAITING) throw new Error(`not announced: ${JSON.stringify(answer.body)}`);
  const none = { objects: [], links: [], bindings: [], charges: [], refunds: [], disputes: [] };
  const facts = { ...none, customers: [{ id: "cus_0", createdAt: null, emailHmac: null, emailMask: null }] };
  await world.db.batch([
    {
      sql: `INSERT INTO stripe_event (app, account, livemode, id, type, object, subject, facts, created_at, received_at)
        VALUES (?1, '', 1, ?2, 'customer.created', 'cus_0', 'cus_0', ?3, 0, 0)`,
      args: [app.id, eventOf(app), JSON.stringify(facts)],
    },
  ]);
  await issueToken(world, app, { id: tokenIdOf(app) });
  const method = { kind: "other", details: "To be changed" };
  const path = `/api/v1/affiliates/${app.affiliateId}/payout-method`;
  const changed = await world.call(path, method, { key: app.key, method: "PUT" });
  if (changed.status !== 200) throw new Error(`no payout method: ${JSON.stringify(changed.body)}`);
}
