import { dayOf } from "../../worker/domain/maturation.ts";
import { statement } from "../../worker/store/statement.ts";
import type { TestApp, World } from "./world.ts";

/**
 * Pays a creator all that is matured and clear, and every correction that is open, as a payout leaves the books: the
 * payout, its items, what is settled of each conversion, the total and the ledger. Answers the payout's id. Stands in for
 * the verb until there is one.
 */
export async function payOut(
  world: World,
  creator: TestApp,
  { currency = "usd", status = "settled" }: { currency?: string; status?: "processing" | "settled" } = {},
): Promise<string> {
  const now = world.deps.now();
  const payout = world.deps.newId("po");
  const args = {
    app: creator.id,
    affiliate: creator.affiliateId,
    currency,
    status,
    today: dayOf(now),
    now,
    payout,
    batch: world.deps.newId("pb"),
    method: world.deps.newId("pm"),
  };
  await world.db.batch(STATEMENTS.map((build) => build(args)));
  return payout;
}

/** A payout under way fails, and gives back what it took. */
export async function failPayout(world: World, creator: TestApp, payout: string): Promise<void> {
  const args = { app: creator.id, payout, now: world.deps.now() };
  await world.db.batch(FAIL.map((build) => build(args)));
}

/** A correction by hand, as it leaves the books. Answers its id. */
export async function correct(
  world: World,
  creator: TestApp,
  { currency = "usd", ...rest }: { amount: number; kind?: string; reason?: string; currency?: string },
): Promise<string> {
  const correction = world.deps.newId("cor");
  const args = {
    kind: "correction",
    reason: "a test asks for it",
    ...rest,
    app: creator.id,
    affiliate: creator.affiliateId,
    currency,
    correction,
    now: world.deps.now(),
  };
  await world.db.batch(CORRECT.map((build) => build(args)));
  return correction;
}

const DUE = `SELECT app, id, iif(posted_lane = 'clear', posted_net, 0) - settled_net AS amount FROM conversion
  WHERE app = :app AND affiliate = :affiliate AND currency = :currency AND mature_day <= :today
    AND settled_net <> iif(posted_lane = 'clear', posted_net, 0)`;
const OPEN = `FROM correction WHERE app = :app AND affiliate = :affiliate AND currency = :currency AND payout IS NULL`;
const AMOUNT = "SELECT amount FROM payout WHERE app = :app AND id = :payout";

const STATEMENTS = [
  statement(`
    INSERT INTO payout_batch (app, id, kind, rail, payer, status, through_day, actor, created_at, approved_by,
      approved_at, ended_at)
    VALUES (:app, :batch, 'hand', 'manual', 'app', 'settled', :today, 'operator', :now, 'operator', :now, :now)`),
  statement(`
    INSERT INTO payout_method (app, id, affiliate, kind, details, label, actor, created_at)
    VALUES (:app, :method, :affiliate, 'other', 'sealed', 'by hand', 'operator', :now)`),
  statement(`
    INSERT INTO payout (app, id, batch, affiliate, currency, amount, through_day, rail, payer, method, status, actor,
      posted, created_at, settled_at)
    SELECT :app, :payout, :batch, :affiliate, :currency,
      (SELECT sum(amount) FROM (SELECT amount FROM (${DUE}) UNION ALL SELECT amount ${OPEN})), :today, 'manual', 'app',
      :method, :status, 'operator', 1, :now, iif(:status = 'settled', :now, NULL)`),
  statement(`INSERT INTO payout_item (app, payout, conversion, amount) SELECT app, :payout, id, amount FROM (${DUE})`),
  statement(`
    UPDATE conversion SET settled_net = settled_net + i.amount FROM payout_item i
    WHERE i.app = :app AND i.payout = :payout AND conversion.app = i.app AND conversion.id = i.conversion`),
  statement(`UPDATE correction SET payout = :payout WHERE (app, id) IN (SELECT app, id ${OPEN})`),
  statement(`
    UPDATE total SET paid = paid + (${AMOUNT}) WHERE app = :app AND affiliate = :affiliate AND currency = :currency`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    SELECT :app, 'payout', :payout, :payout, :affiliate, :currency, -(${AMOUNT}), :now`),
];

const FAIL = [
  statement("UPDATE payout SET status = 'failed' WHERE app = :app AND id = :payout"),
  statement(`
    UPDATE conversion SET settled_net = settled_net - i.amount FROM payout_item i
    WHERE i.app = :app AND i.payout = :payout AND conversion.app = i.app AND conversion.id = i.conversion`),
  statement("UPDATE correction SET payout = NULL WHERE app = :app AND payout = :payout"),
  statement(`
    UPDATE total SET paid = paid - o.amount FROM payout o
    WHERE o.app = :app AND o.id = :payout AND total.app = o.app AND total.affiliate = o.affiliate AND total.currency = o.currency`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    SELECT app, 'payout_return', id, id, affiliate, currency, amount, :now FROM payout WHERE app = :app AND id = :payout`),
];

const CORRECT = [
  statement(`
    INSERT INTO correction (app, id, affiliate, currency, amount, kind, reason, actor, created_at)
    VALUES (:app, :correction, :affiliate, :currency, :amount, :kind, :reason, 'operator', :now)`),
  statement(`
    INSERT INTO total (app, affiliate, currency) VALUES (:app, :affiliate, :currency) ON CONFLICT DO NOTHING`),
  statement(`
    UPDATE total SET adjust = adjust + :amount WHERE app = :app AND affiliate = :affiliate AND currency = :currency`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    VALUES (:app, 'adjust', :correction, :correction, :affiliate, :currency, :amount, :now)`),
];
