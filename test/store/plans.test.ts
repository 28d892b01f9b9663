import { expect, test } from "vitest";
import { callParams } from "../../worker/store/call.ts";
import {
  deleteOldClicks,
  forgetSalts,
  listCodesOfClicks,
  writeClick,
  writeSalt,
} from "../../worker/store/click-store.ts";
import { writeConversion } from "../../worker/store/conversion-store.ts";
import type { Db, Statement } from "../../worker/store/db.ts";
import { writeSignup } from "../../worker/store/referral-store.ts";
import { type RefundTarget, writeRefund } from "../../worker/store/refund-store.ts";
import { createWorld } from "../support/world.ts";

const NOW = 1_800_000_000_000;
const CALL = { ...callParams({ source: "key", appId: "app_1" }, { code: "mara", now: NOW }), today: 20_000 };
const REFUND = {
  ...CALL,
  refund: "rfd_1",
  payment: "pay_1",
  source_ref: "e:1",
  body_hash: "h",
  user_id: "u1",
  conversion: "conv_1",
  payment_ref: "pi_1",
  currency: null,
  amount: 100,
};
const PUBLIC = callParams({ source: "public", appId: null }, { code: "mara", now: NOW });
const TARGETS: readonly RefundTarget[] = ["conversion", "payment", "user", "code"];

const BATCHES: readonly (readonly [string, readonly Statement[]])[] = [
  ["click", writeClick({ ...CALL, hour: 1, visitor: "v", referrer_host: null, country: null, counts: 1 })],
  ["page of old clicks", deleteOldClicks("app_1", { code: "mara", beforeHour: 1, limit: 10 })],
  ["day's salt", [forgetSalts(1), ...writeSalt(3, "s")]],
  [
    "signup",
    writeSignup({
      ...CALL,
      user_id: "u1",
      referral: "ref_1",
      key: "e:1",
      body_hash: "h",
      email_hmac: null,
      email_mask: null,
      customer_created_at: null,
      audit: "aud_1",
    }),
  ],
  [
    "conversion",
    writeConversion({
      ...CALL,
      claim: "clm_1",
      conversion: "conv_1",
      payment: "pay_1",
      referral: "ref_1",
      audit: "aud_1",
      source_ref: "e:1",
      body_hash: "h",
      user_id: "u1",
      amount: 100,
      currency: null,
      payment_ref: "pi_1",
      metadata: null,
      customer_created_at: null,
      default_fee_bps: 500,
    }),
  ],
  ...TARGETS.flatMap((target) => [
    [`backend's refund by ${target}`, writeRefund(target, REFUND)] as const,
    [`public refund by ${target}`, writeRefund(target, { ...REFUND, ...PUBLIC })] as const,
  ]),
];

/** A walk through a subquery's few rows is no scan; one through a table, an index or all of an app's rows is. */
const WALK_OF_STORED_ROWS =
  /^SCAN (?!CONSTANT)(?:\w+ USING|(?!\(subquery|[dfkn]\b)\w+)|^SEARCH .* INDEX (?!conversion_dirty).*\(app=\?\)/;

test.each(BATCHES)(
  "a %s costs the same with ten rows as with a million: no statement walks a table",
  async (_, batch) => {
    const { db } = await createWorld();
    expect(await walksOf(db, batch)).toEqual([]);
  },
);

test("a page of codes is a search that its limit ends, and looks for one old click of each", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listCodesOfClicks(listening, { after: "mara", beforeHour: 1, limit: 10 });
  expect(asked).toHaveLength(1);
  expect(await walksOf(db, asked)).toEqual([]);
});

async function walksOf(db: Db, batch: readonly Statement[]): Promise<readonly string[]> {
  const walks: string[] = [];
  for (const { sql, args } of batch) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"]));
    walks.push(
      ...details
        .filter((detail) => WALK_OF_STORED_ROWS.test(detail))
        .map((detail) => `${detail} in ${sql.trim().slice(0, 60)}`),
    );
  }
  return walks;
}
