import { dayOf } from "../../worker/domain/maturation.ts";
import { statement } from "../../worker/store/statement.ts";
import type { TestApp, World } from "./world.ts";

/**
 * Pays a creator all that is matured and clear, as a settled payout leaves the books: the payout, its items, what is
 * settled of each conversion, the total and the ledger. Stands in for the verb until there is one.
 */
export async function payOut(world: World, creator: TestApp): Promise<void> {
  const now = world.deps.now();
  const args = { app: creator.id, affiliate: creator.affiliateId, today: dayOf(now), now, payout: `po_${now}` };
  await world.db.batch(STATEMENTS.map((build) => build(args)));
}

const DUE = `SELECT app, id, posted_net - settled_net AS amount FROM conversion
  WHERE app = :app AND affiliate = :affiliate AND posted_lane = 'clear' AND mature_day <= :today
    AND posted_net <> settled_net`;
const AMOUNT = "SELECT sum(amount) FROM payout_item WHERE app = :app AND payout = :payout";

const STATEMENTS = [
  statement(`
    INSERT INTO payout (app, id, affiliate, currency, amount, through_day, rail, status, actor, posted, created_at,
      settled_at)
    SELECT :app, :payout, :affiliate, 'usd', sum(amount), :today, 'manual', 'settled', 'operator', 1, :now, :now
    FROM (${DUE})`),
  statement(`INSERT INTO payout_item (app, payout, conversion, amount) SELECT app, :payout, id, amount FROM (${DUE})`),
  statement(`
    UPDATE conversion SET settled_net = posted_net
    WHERE app = :app AND id IN (SELECT conversion FROM payout_item WHERE app = :app AND payout = :payout)`),
  statement(`
    UPDATE total SET paid = paid + (${AMOUNT}) WHERE app = :app AND affiliate = :affiliate AND currency = 'usd'`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    SELECT :app, 'payout', :payout, :payout, :affiliate, 'usd', -(${AMOUNT}), :now`),
];
