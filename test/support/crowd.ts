import { seal } from "../../worker/services/sealing.ts";
import type { Statement } from "../../worker/store/db.ts";
import { writePayoutPolicy } from "../../worker/store/payout-policy-store.ts";
import type { FakeStripe } from "./fake-stripe.ts";
import { APP_KEY } from "./stripe-payouts.ts";
import type { TestApp, World } from "./world.ts";

/** What each of a crowd that is paid has: above any minimum. */
export const BONUS_CENTS = 6_000;

/** The Stripe account of one of a crowd. */
export function accountOf(n: number): string {
  return `acct_crowd${n}`;
}

/** So many creators of an app more, by numbers from 1, without a call for each: `Creator 17`, `crowd17@example.test`, code `crowd17`. */
export async function addCrowd(world: World, app: TestApp, count: number): Promise<void> {
  const now = BigInt(world.deps.now());
  const crowd = `(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?2) SELECT n FROM c)`;
  await world.db.batch([
    {
      sql: `INSERT INTO affiliate (app, id, email, name, code, created_at)
        SELECT ?1, 'aff_crowd' || n, 'crowd' || n || '@example.test', 'Creator ' || n, 'crowd' || n, ?3 + n FROM ${crowd}`,
      args: [app.id, BigInt(count), now],
    },
    {
      sql: `INSERT INTO code (code, app, affiliate, ref, created_at)
        SELECT 'crowd' || n, ?1, 'aff_crowd' || n, 'crowd' || n, ?3 FROM ${crowd}`,
      args: [app.id, BigInt(count), now],
    },
  ]);
}

/** The first of a crowd have a bonus and an account at Stripe, which the app pays into by its own key. */
export async function letStripePay({ world, fake }: { world: World; fake: FakeStripe }, app: TestApp, count: number) {
  const { authSecret } = world.deps.config;
  const stripe_key = await seal(authSecret, APP_KEY, world.deps.randomBytes);
  const now = world.deps.now();
  const audit = { id: world.deps.newId("aud"), actor: "a test", action: "payouts.changed", object: app.id, now };
  const patch = { rail: "stripe", stripe_key } as const;
  await world.db.batch(writePayoutPolicy(app.id, { patch, minimums: {}, audit }));
  const statements: Statement[] = [];
  for (let n = 1; n <= count; n++) {
    fake.payouts.addRecipient(APP_KEY, accountOf(n));
    const details = await seal(authSecret, JSON.stringify({ account: accountOf(n) }), world.deps.randomBytes);
    statements.push(...bonusOf(app.id, { n, details, now: BigInt(now) }));
  }
  await world.db.batch(statements);
}

function bonusOf(
  appId: string,
  { n, details, now }: { n: number; details: string; now: bigint },
): readonly Statement[] {
  const affiliate = `aff_crowd${n}`;
  const cents = BigInt(BONUS_CENTS);
  return [
    {
      sql: `INSERT INTO payout_method (app, id, affiliate, kind, details, label, payer, actor, created_at)
        VALUES (?1, 'pm_' || ?2, ?2, 'stripe', ?3, 'Stripe', 'app', 'a test', 0)`,
      args: [appId, affiliate, details],
    },
    {
      sql: `INSERT INTO correction (app, id, affiliate, currency, amount, kind, reason, actor, created_at)
        VALUES (?1, 'cor_' || ?2, ?2, 'usd', ?3, 'correction', 'a test', 'a test', ?4)`,
      args: [appId, affiliate, cents, now],
    },
    {
      sql: `INSERT INTO ledger (app, affiliate, currency, kind, cause, fact, net, created_at)
        VALUES (?1, ?2, 'usd', 'adjust', 'cor_' || ?2, 'cor_' || ?2, ?3, ?4)`,
      args: [appId, affiliate, cents, now],
    },
    {
      sql: `INSERT INTO total (app, affiliate, currency, adjust) VALUES (?1, ?2, 'usd', ?3)`,
      args: [appId, affiliate, cents],
    },
  ];
}
