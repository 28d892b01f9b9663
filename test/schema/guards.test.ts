import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  all,
  insert,
  OTHER,
  type RawDatabase,
  type Row,
  ROWS,
  seededDatabase,
  SHOP,
  tableNames,
} from "../support/rows.ts";

type Table = keyof typeof ROWS;

const MAX_AMOUNT = 999_999_999_999;
const INT64_MAX = 9_223_372_036_854_775_807n;

/** What turns the valid conversion into a voided and settled one. */
const VOIDED = { voided_at: 1, void_reason: "superseded", due_net: 0, due_fee: 0, posted_net: 0, posted_fee: 0 };

/** What turns the valid batch into one that was approved, and what turns the valid payout into one that is paid. */
const APPROVED = { status: "approved", approved_by: "owner", approved_at: 1 };
/** The posting of what came back of a payout. */
const RETURNED = { ...ROWS.ledger, kind: "adjust", conversion: null, lane: null, mature_day: null, fee: 0 };
const PAID = { status: "settled", settled_at: 1 };

/** What turns the valid batch into a schedule's for a period, and into an affiliate's own request. */
const OF_PERIOD = { kind: "schedule", period: "2026-02" };
const REQUESTED = { kind: "request", affiliate: SHOP.affiliate, currency: "usd" };

/** What turns the valid Stripe object into one that announces no money. */
const UNPAID = { currency: null, captured: null, base: null, occurred_at: null };

/** What turns the valid Stripe payment into one that nobody is known to have brought. */
const UNATTRIBUTED = { affiliate: null, attribution: null, code_rank: null };

/** Which mails an app's owner may switch off, and what may become of a row of the outbox. */
const SWITCHABLE =
  "template IN ('welcome', 'application_received', 'application_decided', 'first_commission', 'weekly_digest', 'payout_sent', 'status_changed', 'application', 'payout_due', 'no_events_7d')";
const MAIL_OUTCOME =
  "(outcome IS NULL) = (done_at IS NULL) AND outcome IN ('sent', 'refused', 'dead_address', 'suppressed', 'switched_off', 'opted_out', 'obsolete', 'expired', 'unreadable')";
/** Why a webhook was not taken, or not sent at all. */
const ATTEMPT_ERROR = "error IN ('timeout', 'connection', 'tls', 'name', 'not_public', 'redirect', 'status', 'secret')";
const DELIVERY_ERROR = `last_${ATTEMPT_ERROR.slice(0, -1)}, 'skipped')`;
const PREVIOUS_SECRET = "(previous_secret IS NULL) = (previous_until IS NULL)";

let db: RawDatabase;
beforeAll(() => {
  db = seededDatabase();
});
// A transaction for each test: the same database without what it did.
beforeEach(() => void db.exec("BEGIN"));
afterEach(() => void db.exec("ROLLBACK"));

describe("every table", () => {
  const tables = Object.keys(ROWS) as Table[];

  test("has a valid row to bend", () => {
    expect(tables.toSorted()).toEqual(tableNames(db));
  });

  test.each(tables)("%s takes its valid row", (table) => {
    expect(insert(db, table, ROWS[table])).toBe(1);
  });

  test.each(tables)("%s refuses a REAL in each integer column", (table) => {
    for (const column of integerColumns(table)) {
      const attempt = () => insert(db, table, { ...ROWS[table], [column]: 1.5 });
      expect(attempt).toThrow(
        new RegExp(`datatype mismatch|cannot store REAL value in INTEGER column ${table}.${column}$`),
      );
    }
  });

  test("names its app, unless it is the installation's", () => {
    expect(tables.filter((table) => !columns(table).includes("app")).toSorted()).toEqual(
      OF_THE_INSTALLATION.toSorted(),
    );
  });

  test.each(tables)("%s refuses an app that does not exist", (table) => {
    if (!OF_THE_INSTALLATION.includes(table))
      expect(() => insert(db, table, { ...ROWS[table], app: "nobody" })).toThrow("FOREIGN KEY");
    else expect(columns(table)).not.toContain("app");
  });
});

/** Tables whose rows belong to no app. */
const OF_THE_INSTALLATION =
  "setting book_check app visitor_salt mail_suppression users sessions accounts verifications rate_limits bulk_change".split(
    " ",
  );

describe("append-only and frozen", () => {
  /** Tables whose rows never change, and what their triggers say. */
  const APPEND_ONLY = [
    ["rate", "rate is append-only"],
    ["ledger", "the ledger is append-only"],
    ["audit", "the audit log is append-only"],
    ["approval", "a decision is a fact and stays"],
    ["payout_method", "where a payout went stays"],
    ["payout_item", "what a payout covers stays"],
    ["fee_collection", "what was collected stays"],
    ["program_terms", "what somebody accepted stays"],
    ["terms_acceptance", "an acceptance is a fact and stays"],
  ] as const;

  /** Tables whose rows stay and keep some columns. */
  const FROZEN = [
    ["code", "a code is never renamed or moved", "code app ref created_at"],
    [
      "claim",
      "what a claim said is frozen",
      "app id source source_ref form payment_ref currency base captured occurred_at received_at",
    ],
    [
      "conversion",
      "the terms of a conversion are frozen for life",
      "app id claim attribution_claim affiliate code currency base captured rate_bps fee_bps trust occurred_at created_at mature_day",
    ],
    [
      "refund",
      "what a refund said is frozen",
      "app id source account livemode source_ref charge payment_ref conversion currency amount applied created_at",
    ],
    ["refund_part", "what a refund took is frozen", "app refund origin conversion amount"],
    ["hold", "a hold is a fact and stays", "seq app id action reason actor created_at"],
    ["correction", "a correction is a fact and stays", "app id affiliate currency amount kind reason actor created_at"],
    [
      "review_rule",
      "what a rule says is frozen",
      "app id affiliate currency max_event_cents max_day_cents reason actor created_at",
    ],
    ["stripe_object", "what Stripe told is frozen", "app account livemode id form claim received_at"],
    [
      "payout_batch",
      "what a batch is about is frozen",
      "app id kind rail payer through_day period affiliate currency actor created_at",
    ],
    ["payout_line", "what was approved is frozen", "app batch affiliate currency amount"],
    [
      "payout",
      "what a payout pays is frozen",
      "app id batch affiliate currency amount through_day rail payer method actor created_at",
    ],
    ["redemption", "who brought whom is a fact", "app id code by_word created_at"],
    ["credit_entry", "credit_entry is append-only", "app kind cause id amount created_at"],
    ["event", "what was told is frozen", "app seq kind fact created_at"],
  ] as const;

  test.each(APPEND_ONLY)("%s refuses UPDATE of any column", (table, message) => {
    insert(db, table, ROWS[table]);
    for (const column of columns(table)) expect(() => touch(table, column)).toThrow(message);
  });

  test.each(APPEND_ONLY)("%s refuses UPDATE OR REPLACE as well", (table, message) => {
    insert(db, table, ROWS[table]);
    expect(() => db.exec(`UPDATE OR REPLACE ${table} SET app = app`)).toThrow(message);
  });

  test.each([
    ...APPEND_ONLY,
    ["code", "a code ever issued is never forgotten"],
    ["claim", "a claim is a fact and stays"],
    ["conversion", "a conversion stays"],
    ["refund", "a refund is a fact and stays"],
    ["refund_part", "a refund is a fact and stays"],
    ["hold", "a hold is a fact and stays"],
    ["correction", "a correction is a fact and stays"],
    ["review_rule", "a rule that approved something stays"],
    ["stripe_object", "what Stripe told stays"],
    ["payout_batch", "a batch stays"],
    ["payout_line", "what was approved stays"],
    ["payout", "a payout stays"],
    ["redemption", "an account is referred once, ever"],
    ["credit_entry", "credit_entry is append-only"],
    ["event", "what was told stays told"],
  ] as const)("%s refuses DELETE", (table, message) => {
    insert(db, table, ROWS[table]);
    const before = rowsOf(table);
    expect(() => db.exec(`DELETE FROM ${table}`)).toThrow(message);
    expect(rowsOf(table)).toEqual(before);
  });

  const frozen = FROZEN.flatMap(([table, message, names]) =>
    names.split(" ").map((column) => ({ table, column, message })),
  );

  test.each(frozen)("$table.$column is frozen", ({ table, column, message }) => {
    insert(db, table, ROWS[table]);
    expect(() => touch(table, column)).toThrow(message);
  });

  test.each(FROZEN)("%s keeps no other column", (table, _message, names) => {
    insert(db, table, ROWS[table]);
    const free = columns(table).filter((column) => !names.split(" ").includes(column));
    expect(free).not.toEqual([]);
    for (const column of free) expect(() => touch(table, column)).not.toThrow();
  });

  test("what follows from the facts moves", () => {
    insert(db, "code", ROWS.code);
    insert(db, "claim", ROWS.claim);
    insert(db, "correction", ROWS.correction);
    expect(() => db.exec("UPDATE code SET state = 'retired', expires_at = 1")).not.toThrow();
    expect(() => db.exec("UPDATE claim SET payment = 'pay_0', conversion = 'con_0', counted = 1")).not.toThrow();
    expect(() =>
      db.exec("UPDATE conversion SET payment = 'pay_1', dirty = 1, due_net = 0, refunded = base WHERE id = 'con_0'"),
    ).not.toThrow();
    expect(() => db.exec("UPDATE refund SET status = 'failed', counted = 1")).not.toThrow();
    expect(() => db.exec("UPDATE correction SET payout = 'po_0'")).not.toThrow();
    for (const rest of ["'approved', approved_by = 'owner', approved_at = 1", "'running'", "'settled', ended_at = 2"])
      expect(() => db.exec(`UPDATE payout_batch SET status = ${rest}`)).not.toThrow();
    insert(db, "payout_line", ROWS.payout_line);
    expect(() => db.exec("UPDATE payout_line SET done = 1, reason = 'suspended'")).not.toThrow();
  });

  test("a Stripe object that told no money yet may tell it once, and then of no other", () => {
    insert(db, "stripe_object", { ...ROWS.stripe_object, ...UNPAID, settlement: "unknown" });
    const paid = "currency = 'usd', captured = 10000, base = 9000, occurred_at = 1";
    for (let time = 0; time < 2; time++) expect(() => db.exec(`UPDATE stripe_object SET ${paid}`)).not.toThrow();
    const other = ["currency = 'eur'", "captured = 10001", "base = 9001", "occurred_at = 2"];
    const none = "currency = NULL, captured = NULL, base = NULL, occurred_at = NULL";
    for (const verb of ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
      for (const change of [...other, none])
        expect(() => db.exec(`${verb} stripe_object SET ${change}`)).toThrow("what Stripe told is frozen");
    expect(rowsOf("stripe_object")).toMatchObject([{ currency: "usd", captured: 10_000, base: 9_000, occurred_at: 1 }]);
  });

  test("when two payments turn out to be one, a hold moves to it and a refund keeps what it took from each", () => {
    insert(db, "hold", ROWS.hold);
    expect(() => db.exec("UPDATE hold SET payment = 'pay_0'")).not.toThrow();
    insert(db, "refund_part", ROWS.refund_part);
    insert(db, "refund_part", { ...ROWS.refund_part, origin: SHOP.payment, payment: SHOP.payment, amount: 1 });
    db.exec("UPDATE refund_part SET payment = 'pay_0' WHERE app = 'shop' AND payment = 'pay_1'");
    expect(all(db, "SELECT origin, payment, amount FROM refund_part ORDER BY origin")).toEqual([
      { origin: "pay_0", payment: "pay_0", amount: 1 },
      { origin: "pay_1", payment: "pay_0", amount: 500 },
    ]);
  });
});

describe("a customer", () => {
  /** What names one, by table, and the erasure as the only change it takes. */
  const NAMED = [
    ["claim", "user_id metadata body_hash", "user_id = NULL, metadata = NULL, body_hash = 'erased'"],
    ["refund", "user_id body_hash", "user_id = NULL, body_hash = 'erased'"],
    ["request_key", "user_id body_hash", "user_id = NULL, body_hash = 'erased'"],
    ["conversion", "user_id", "user_id = NULL"],
    ["referral", "user_id", "user_id = NULL"],
  ] as const;
  const stays = "a customer is erased or stays";

  test.each(NAMED)("in %s is erased by %s, once or twice, and nothing names them again", (table, names, erasure) => {
    insertNamed(table);
    for (let time = 0; time < 2; time++) expect(() => changeRow(table, erasure)).not.toThrow();
    for (const column of names.split(" ")) {
      expect(() => changeRow(table, `${column} = ${column}`)).not.toThrow();
      for (const verb of ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
        expect(() => changeRow(table, `${column} = 'kim'`, verb)).toThrow(stays);
    }
    expect(rowsOf(table).map((row) => row["user_id"])).not.toContain("kim");
  });

  test.each(NAMED)("in %s is nobody else, nor half erased: %s", (table, names, erasure) => {
    insertNamed(table);
    const parts = erasure.split(", ");
    const changes = [
      ...names.split(" ").map((column) => `${column} = 'other'`),
      ...(parts.length > 1 ? parts.map((part) => parts.filter((other) => other !== part).join(", ")) : []),
      ...(parts.length > 1 ? [`${parts.slice(0, -1).join(", ")}, body_hash = 'other'`] : []),
    ];
    for (const wrong of changes) expect(() => changeRow(table, wrong)).toThrow(stays);
    expect(() => changeRow(table, erasure)).not.toThrow();
  });

  test.each(NAMED.slice(0, 3))("nobody named in %s is nobody to erase", (table, _names, erasure) => {
    insertNamed(table, { user_id: null });
    expect(() => changeRow(table, erasure)).toThrow(stays);
    expect(() => changeRow(table, "user_id = 'kim'")).toThrow(stays);
  });
});

describe("a Stripe customer id", () => {
  const RENAMED = ["claim", "conversion", "referral"] as const;
  const stays = "a customer is erased or stays";
  const binding = { ...ROWS.stripe_binding, object: "cus_1", value: "kim" };

  test.each(RENAMED)("in %s becomes the user that a binding names, and nothing else moves with it", (table) => {
    insertNamed(table, { user_id: "cus_1" });
    const before = rowsOf(table);
    expect(() => changeRow(table, "user_id = 'kim'")).toThrow(stays);
    insert(db, "stripe_binding", binding);
    expect(() => changeRow(table, "user_id = 'kim'")).not.toThrow();
    expect(rowsOf(table)).toEqual(before.map((row) => (row["user_id"] === "cus_1" ? { ...row, user_id: "kim" } : row)));
  });

  test.each(
    RENAMED.flatMap((table) =>
      (
        [
          ["of another app", { app: OTHER.app }],
          ["that says a ref", { says: "ref" }],
          ["of another customer", { object: "cus_2" }],
          ["of another user", { value: "lee" }],
          ["the other way round", { object: "kim", value: "cus_1" }],
        ] satisfies readonly [string, Row][]
      ).map(([what, change]) => ({ table, what, change })),
    ),
  )("in $table stays under a binding $what", ({ table, change }) => {
    insertNamed(table, { user_id: "cus_1" });
    insert(db, "stripe_binding", { ...binding, ...change });
    for (const verb of ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
      expect(() => changeRow(table, "user_id = 'kim'", verb)).toThrow(stays);
  });

  test.each(RENAMED)("in %s that became a user is no customer id again", (table) => {
    insertNamed(table, { user_id: "cus_1" });
    insert(db, "stripe_binding", binding);
    changeRow(table, "user_id = 'kim'");
    expect(() => changeRow(table, "user_id = 'cus_1'")).toThrow(stays);
    expect(() => changeRow(table, "user_id = 'lee'")).toThrow(stays);
  });

  test.each(RENAMED)("in %s that was erased stays erased, whatever a binding names", (table) => {
    const erasure = table === "claim" ? "user_id = NULL, metadata = NULL, body_hash = 'erased'" : "user_id = NULL";
    insertNamed(table, { user_id: "cus_1" });
    insert(db, "stripe_binding", binding);
    changeRow(table, erasure);
    for (const user of ["kim", "cus_1"]) expect(() => changeRow(table, `user_id = '${user}'`)).toThrow(stays);
  });

  test.each(["metadata = '[]'", "metadata = NULL", "body_hash = 'other'", "body_hash = 'erased'"])(
    "in claim takes no other word with it: %s",
    (change) => {
      insertNamed("claim", { user_id: "cus_1" });
      insert(db, "stripe_binding", binding);
      expect(() => changeRow("claim", `user_id = 'kim', ${change}`)).toThrow(stays);
      expect(() => changeRow("claim", change)).toThrow(stays);
      expect(() => changeRow("claim", "user_id = NULL")).toThrow(stays);
    },
  );

  test.each(["refund", "request_key"] as const)("in %s is the caller's own word, which no binding changes", (table) => {
    insertNamed(table, { user_id: "cus_1" });
    insert(db, "stripe_binding", binding);
    expect(() => changeRow(table, "user_id = 'kim'")).toThrow(stays);
  });
});

describe("a revocation", () => {
  beforeEach(() => {
    insert(db, "affiliate", { ...ROWS.affiliate, status: "revoked", revoked_at: 1_000 });
  });

  test.each([
    "status = 'active', revoked_at = NULL",
    "status = 'suspended', revoked_at = NULL",
    "status = 'applied', revoked_at = NULL",
    "status = 'active'",
    "revoked_at = 999",
    "revoked_at = 1001",
    "status = 'revoked', revoked_at = 1001",
  ])("is final: %s", (change) => {
    for (const verb of ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
      expect(() => db.exec(`${verb} affiliate SET ${change} WHERE id = 'cat'`)).toThrow("a revocation is final");
    const same = `INSERT INTO affiliate SELECT * FROM affiliate WHERE id = 'cat'`;
    expect(() => db.exec(`${same} ON CONFLICT (app, id) DO UPDATE SET ${change}`)).toThrow("a revocation is final");
    expect(all(db, "SELECT status, revoked_at FROM affiliate WHERE id = 'cat'")).toEqual([
      { status: "revoked", revoked_at: 1_000 },
    ]);
  });

  test("has a moment", () => {
    expect(() => db.exec("UPDATE affiliate SET revoked_at = NULL WHERE id = 'cat'")).toThrow(
      "CHECK constraint failed: (status = 'revoked') = (revoked_at IS NOT NULL)",
    );
  });

  test("may be said again, and leaves everything else free", () => {
    for (const column of columns("affiliate")) expect(() => touch("affiliate", column)).not.toThrow();
    expect(() => db.exec("UPDATE affiliate SET voided = 1, name = NULL WHERE id = 'cat'")).not.toThrow();
  });

  test("comes once, and every status before it may change", () => {
    for (const status of ["suspended", "active", "applied", "active"])
      expect(() => db.exec(`UPDATE affiliate SET status = '${status}', status_at = 5 WHERE id = 'ann'`)).not.toThrow();
    expect(() =>
      db.exec("UPDATE affiliate SET status = 'revoked', revoked_at = 5, status_at = 5 WHERE id = 'ann'"),
    ).not.toThrow();
  });
});

describe("what happens is told", () => {
  test("by an affiliate who joins, and whose status changes", () => {
    expect(told("affiliate.joined").map(({ fact }) => fact)).toContain("ann");
    db.exec("UPDATE affiliate SET status = 'suspended', status_at = 5 WHERE id = 'ann'");
    db.exec("UPDATE affiliate SET status = 'suspended', status_at = 6 WHERE id = 'ann'");
    expect(told("affiliate.status_changed")).toEqual([
      {
        fact: expect.stringMatching(/^ann#\d+$/),
        payload: expect.objectContaining({ affiliate_id: "ann", from: "active", status: "suspended" }),
        created_at: 5,
      },
    ]);
  });

  test("by a user who gets a referral", () => {
    insert(db, "referral", ROWS.referral);
    expect(told("signup.created")).toEqual([
      {
        fact: "rf_1",
        payload: { referral_id: "rf_1", affiliate_id: ROWS.referral["affiliate"], ref: ROWS.referral["code"] },
        created_at: ROWS.referral["created_at"],
      },
    ]);
  });

  test("by a payout that is posted, ends, and comes back", () => {
    insert(db, "payout", ROWS.payout);
    expect(told("payout.created")).toEqual([]);
    db.exec("UPDATE payout SET posted = 1 WHERE id = 'po_1'");
    db.exec("UPDATE payout SET status = 'settled', settled_at = 5, next_at = NULL WHERE id = 'po_1'");
    insert(db, "ledger", { ...RETURNED, cause: "po_1_7", created_at: 9 });
    db.exec("UPDATE payout SET returned = 7 WHERE id = 'po_1'");
    const amount = { payout_id: "po_1", amount_cents: ROWS.payout["amount"] };
    expect(told("payout.created")).toMatchObject([{ payload: { ...amount, status: "processing" } }]);
    expect(told("payout.paid")).toMatchObject([{ payload: { ...amount, status: "settled" }, created_at: 5 }]);
    expect(told("payout.returned")).toMatchObject([{ payload: { payout_id: "po_1", amount_cents: 7 }, created_at: 9 }]);
    expect(told("payout.failed")).toEqual([]);
  });
});

describe("a redemption", () => {
  test("that is completed credits both sides and tells of it, once", () => {
    insert(db, "redemption", ROWS.redemption);
    complete(", referrer_award = 50, referred_award = 100");
    expect(all(db, "SELECT account, amount FROM credit_entry ORDER BY account")).toEqual([
      { account: "acc_1", amount: 50 },
      { account: "acc_2", amount: 100 },
    ]);
    expect(
      all(
        db,
        "SELECT account, earned, balance FROM credit_account WHERE account IN ('acc_1', 'acc_2') ORDER BY account",
      ),
    ).toEqual([
      { account: "acc_1", earned: 50, balance: 50 },
      { account: "acc_2", earned: 0, balance: 100 },
    ]);
    expect(
      all(db, "SELECT kind FROM event WHERE kind GLOB 'credit.*' OR kind GLOB 'referral.*' ORDER BY kind").map(
        ({ kind }) => kind,
      ),
    ).toEqual(["credit.awarded", "credit.awarded", "referral.completed"]);
  });

  test("that brought nothing enters nothing", () => {
    insert(db, "redemption", ROWS.redemption);
    db.exec("UPDATE redemption SET status = 'capped', completed_at = 2");
    expect(all(db, "SELECT 1 FROM credit_entry")).toEqual([]);
  });

  test("that is revoked takes back what it brought, below zero, and leaves what was earned", () => {
    insert(db, "redemption", ROWS.redemption);
    complete(", referrer_award = 50, referred_award = 100");
    db.exec("UPDATE redemption SET status = 'revoked', revoked_at = 3, reason = 'r'");
    expect(
      all(
        db,
        "SELECT earned, revoked, balance FROM credit_account WHERE account IN ('acc_1', 'acc_2') ORDER BY account",
      ),
    ).toEqual([
      { earned: 50, revoked: 50, balance: 0 },
      { earned: 0, revoked: 100, balance: 0 },
    ]);
  });

  test("is awarded once: no other award and no other time", () => {
    insert(db, "redemption", ROWS.redemption);
    complete(", referrer_award = 50");
    for (const change of ["referrer_award = 51", "referred_award = 1", "completed_at = 3"])
      expect(() => db.exec(`UPDATE redemption SET ${change}`)).toThrow("an award is decided once");
  });

  test.each(["pending", "capped"])("that was successful does not become %s", (status) => {
    insert(db, "redemption", ROWS.redemption);
    complete();
    expect(() => db.exec(`UPDATE redemption SET status = '${status}'`)).toThrow("revoked for good");
  });

  test("that was revoked stays so", () => {
    insert(db, "redemption", ROWS.redemption);
    db.exec("UPDATE redemption SET status = 'revoked'");
    expect(() => complete()).toThrow("revoked for good");
  });
});

describe("a click", () => {
  test("counts in the statement that writes it, on the day of its own hour, and not again when that runs again", () => {
    const hour = ROWS.click.hour;
    const write = (change: Row) => insert(db, "click", { ...ROWS.click, counted: 1, ...change });
    for (const change of [{ visitor: "a" }, { visitor: "b" }, { visitor: "a", hour: hour + 24 }]) write(change);
    expect(() => write({ visitor: "a" })).toThrow("UNIQUE constraint failed");
    write({ visitor: "c", counted: 0 });
    const days = all(db, "SELECT day, clicks FROM code_day WHERE code = 'ann42' ORDER BY day");
    expect(days.map(({ day, clicks }) => [Number(day) * 24 - hour, Number(clicks)])).toEqual([
      [0, 2],
      [24, 1],
    ]);
  });
});

describe("the origins of an app", () => {
  test("are found by themselves, for as long as it lists them", () => {
    const listed = () =>
      all(db, "SELECT origin FROM app_origin WHERE app = 'new' ORDER BY origin").map((row) => row["origin"]);
    insert(db, "app", { ...ROWS.app, origins: '["https://a.test"]' });
    expect(listed()).toEqual(["https://a.test"]);
    db.exec(`UPDATE app SET origins = '["https://c.test","https://b.test"]' WHERE id = 'new'`);
    expect(listed()).toEqual(["https://b.test", "https://c.test"]);
    db.exec("UPDATE app SET origins = '[]' WHERE id = 'new'");
    expect(listed()).toEqual([]);
  });
});

describe("a payout", () => {
  const ended = "a payout that has ended stays ended";

  /** What makes an end of it another, or none. */
  const CHANGES = [
    ["settled", PAID, ["'processing', settled_at = NULL", "'failed', settled_at = NULL", "'settled', settled_at = 2"]],
    ["failed", { status: "failed" }, ["'processing'", "'settled', settled_at = 2"]],
  ] as const;

  test.each(CHANGES)("that is %s stays so, whatever else is learnt of it", (_status, end, changes) => {
    insert(db, "payout", { ...ROWS.payout, ...end });
    for (const verb of ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
      for (const change of changes)
        expect(() => db.exec(`${verb} payout SET status = ${change} WHERE id = 'po_1'`)).toThrow(ended);
    for (const column of ["status", "settled_at", "posted", "reference", "error", "returned"])
      expect(() => touch("payout", column)).not.toThrow();
    expect(all(db, "SELECT status, settled_at FROM payout WHERE id = 'po_1'")).toEqual([{ settled_at: null, ...end }]);
  });

  test("under way is tried again, and ends once", () => {
    insert(db, "payout", { ...ROWS.payout, rail: "stripe", next_at: 1 });
    const attempt = "attempt = 2, sent_at = 3, next_at = 4, error = 'refused'";
    expect(() => db.exec(`UPDATE payout SET ${attempt} WHERE id = 'po_1'`)).not.toThrow();
    const end = "status = 'settled', settled_at = 5, next_at = NULL, reference = 'tr_1', posted = 1";
    for (let time = 0; time < 2; time++)
      expect(() => db.exec(`UPDATE payout SET ${end} WHERE id = 'po_1'`)).not.toThrow();
    insert(db, "ledger", { ...RETURNED, cause: `po_1_${String(ROWS.payout["amount"])}` });
    expect(() => db.exec("UPDATE payout SET returned = amount WHERE id = 'po_1'")).not.toThrow();
    expect(() => db.exec("UPDATE payout SET returned = amount + 1 WHERE id = 'po_1'")).toThrow("BETWEEN 0 AND amount");
  });
});

describe("a row is taken once", () => {
  const VERBS = ["INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE", "INSERT OR FAIL", "REPLACE"];

  /** Each table that ignores a row it knows, and another row that has the first one's natural key, if there is one. */
  const ONCE: readonly { readonly table: Table; readonly sameKey?: Row; readonly sameNumber: Row }[] = [
    { table: "rate", sameNumber: { bps: 10_000, effective_from: 1 } },
    {
      table: "ledger",
      sameKey: { net: 1, fee: 0, fact: "another" },
      sameNumber: { net: 1, fee: 0, cause: "con_0#1" },
    },
    { table: "audit", sameKey: { action: "another" }, sameNumber: { action: "another", id: "au_2" } },
  ];
  const again = ONCE.flatMap(({ table, sameKey, sameNumber }) =>
    VERBS.flatMap((verb) => [
      ...(sameKey === undefined ? [] : [{ table, verb, known: "key", change: sameKey }]),
      { table, verb, known: "row number", change: { ...sameNumber, seq: 1 } },
    ]),
  );

  test.each(again)("$table: $verb under a known $known changes nothing", ({ table, verb, change }) => {
    insert(db, table, ROWS[table]);
    const before = rowsOf(table);
    expect(insert(db, table, { ...ROWS[table], ...change }, verb)).toBe(0);
    expect(rowsOf(table)).toEqual(before);
  });

  const creditsAgain = VERBS.flatMap((verb) => [
    { verb, known: "key", change: { id: "another", amount: 7 } },
    { verb, known: "id", change: { cause: "rd_7", amount: 7 } },
  ]);

  test.each(creditsAgain)("credit_entry: $verb under a known $known changes nothing", ({ verb, change }) => {
    insert(db, "credit_entry", ROWS.credit_entry);
    const before = [rowsOf("credit_entry"), rowsOf("credit_account"), rowsOf("event")];
    expect(insert(db, "credit_entry", { ...ROWS.credit_entry, ...change }, verb)).toBe(0);
    expect([rowsOf("credit_entry"), rowsOf("credit_account"), rowsOf("event")]).toEqual(before);
  });

  test("of several postings in one statement only the new ones are taken", () => {
    insert(db, "ledger", ROWS.ledger);
    const { changes } = db
      .prepare(
        `INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, conversion, lane, mature_day, net, fee, created_at)
         SELECT app, kind, c.cause, fact, affiliate, currency, conversion, lane, mature_day, 7, 0, created_at
         FROM ledger, (SELECT 'con_0#0' AS cause UNION ALL SELECT 'con_0#1' UNION ALL SELECT 'con_0#2') c WHERE seq = 1`,
      )
      .run();
    expect(changes).toBe(2);
    expect(all(db, "SELECT cause, net FROM ledger ORDER BY seq")).toEqual([
      { cause: "con_0#0", net: 2_850 },
      { cause: "con_0#1", net: 7 },
      { cause: "con_0#2", net: 7 },
    ]);
  });

  test.each<[string, Table, Row]>([
    ["a posting of another kind", "ledger", { kind: "out", net: -2_850, fee: -150 }],
    ["a posting of another cause", "ledger", { cause: "con_0#1" }],
    [
      "a posting of another app",
      "ledger",
      { app: OTHER.app, affiliate: OTHER.affiliate, conversion: OTHER.conversion },
    ],
    ["the same rate again", "rate", {}],
    ["an audit line of another id", "audit", { id: "au_2" }],
    ["an audit line of another app", "audit", { app: OTHER.app }],
  ])("but %s is another row", (_what, table, change) => {
    insert(db, table, ROWS[table]);
    expect(insert(db, table, { ...ROWS[table], ...change })).toBe(1);
  });
});

describe("one of each", () => {
  const taken = "UNIQUE constraint failed";

  test.each<[string, Table, Row]>([
    ["a referral per user", "referral", { id: "rf_2", affiliate: "ann", code: "other" }],
    ["a claim per source and source reference", "claim", { id: "clm_3", body_hash: "other" }],
    ["a conversion in force per payment", "conversion", { id: "con_2", attribution_claim: SHOP.claim }],
    ["a conversion per claim and attribution", "conversion", { id: "con_2", ...VOIDED }],
    ["a refund per source, account, mode and source reference", "refund", { id: "ref_2", amount: 1 }],
    ["a part per refund and the payment it came from", "refund_part", { payment: SHOP.payment, amount: 1 }],
    ["a payment per account, mode and reference", "payment_ref", { payment: SHOP.payment }],
    ["a dispute per account, mode and id", "dispute", { amount: 1 }],
    ["a charge per account, mode and id", "charge", { captured: 1 }],
    ["a decision per conversion", "approval", { id: "ap_2", decision: "reject" }],
    ["a rule in force per affiliate and currency", "review_rule", { id: "rr_2", max_day_cents: 1_000_000 }],
    ["a correction per id", "correction", { amount: 1 }],
    ["a switch per app and flag", "app_flag", { enabled: 1 }],
    ["a policy for joining per app", "join_policy", { accounts: "none" }],
    ["an account on the list", "join_account", { created_at: 1 }],
    ["a version of the terms per app", "program_terms", { text: "Other." }],
    ["an acceptance per affiliate and version", "terms_acceptance", { accepted_at: 1 }],
    ["a row of sums per app and currency", "app_sum", { captured: 1 }],
    ["a bulk change per id", "bulk_change", { action: "revoke" }],
    ["a line per bulk change and number", "bulk_line", { affiliate: "bob" }],
    ["a line per bulk change and affiliate", "bulk_line", { seq: 2 }],
    ["an invitation per id", "invitation", { email: "other@example.test" }],
    ["an invitation per e-mail", "invitation", { id: "inv_2" }],
    ["a choice for the tag per app", "tag_choice", { cookie_days: 1 }],
    ["a payout policy per app", "payout_policy", { rail: "stripe" }],
    ["a minimum per currency", "payout_minimum", { cents: 1 }],
    ["a payout method per id", "payout_method", { kind: "bank" }],
    ["a recipient per affiliate and payer", "stripe_recipient", { account: "acct_8" }],
    ["a batch per id", "payout_batch", { kind: "schedule", period: "2026-02" }],
    ["a line per batch, affiliate and currency", "payout_line", { amount: 1 }],
    ["a payout per id", "payout", { amount: 1 }],
    ["an item per payout and conversion", "payout_item", { amount: 1 }],
    ["a collection of the fee per id", "fee_collection", { amount: -1 }],
    ["a redemption per referred account", "redemption", { id: "rd_2", referrer_account: "acc_3" }],
    ["a redemption per id", "redemption", { referred_account: "acc_4" }],
    ["an app per origin once", "app_origin", {}],
    ["a key that signs per app", "token_key", { id: "tkk_2" }],
    ["an account of credits per app and account", "credit_account", { created_at: 1 }],
    ["an event per kind and fact", "event", { seq: 1_001 }],
    ["an event per number", "event", { fact: "con_2" }],
    ["a webhook endpoint per id", "webhook_endpoint", { url: "https://other.example.test/" }],
    ["a delivery per endpoint and event", "webhook_delivery", { object: "con_2" }],
    ["an attempt per delivery and number", "webhook_attempt", { status: 500, error: "status" }],
    ["a click per visitor, code and hour", "click", { counted: 1 }],
    ["a call per kind, class and key", "request_key", { body_hash: "other", fact: "rf_2" }],
    ["an affiliate per e-mail", "affiliate", { id: "dan" }],
    ["a code in the whole installation", "code", { app: "other", affiliate: "bob" }],
    ["a Stripe connection per app", "stripe_connection", { account: "acct_2" }],
    ["an app in the whole installation per account and mode", "stripe_connection", { app: OTHER.app }],
    ["a state sent to Stripe per hash", "stripe_oauth_state", { actor: "another" }],
    ["an event per account, mode and id", "stripe_event", { type: "another", object: "in_2" }],
    ["a binding per object and all that it says", "stripe_binding", {}],
    ["a Stripe customer per account, mode and id", "stripe_customer", { created_at: 1 }],
    ["an object per account, mode and id", "stripe_object", { claim: "clm_4" }],
    ["an object per claim", "stripe_object", { id: "in_2" }],
    ["a decision per payment", "stripe_payment", { state: "closed", livemode: 1, account: "acct_2" }],
  ])("%s", (_what, table, change) => {
    insert(db, table, ROWS[table]);
    expect(() => insert(db, table, { ...ROWS[table], ...change })).toThrow(taken);
  });

  test.each<[string, Table, Row]>([
    ["a user of another app has a referral of his own", "referral", { app: OTHER.app, affiliate: OTHER.affiliate }],
    ["a caller's key and a stranger's key of the same text are two claims", "claim", { id: "clm_3", source: "public" }],
    ["a caller's key and a stranger's key of the same text are two calls", "request_key", { source: "public" }],
    [
      "a voided conversion leaves its payment to the next",
      "conversion",
      { id: "con_2", attribution_claim: SHOP.claim, ...VOIDED },
    ],
    ["the same reference in the other mode is another payment", "payment_ref", { livemode: 1 }],
    ["the same reference in another account is another payment", "payment_ref", { account: "acct_1" }],
    ["an account's other mode may belong to another app", "stripe_connection", { app: OTHER.app, livemode: 1 }],
    ["the same event of another app is another event", "stripe_event", { app: OTHER.app }],
    ["the same event of another account is another event", "stripe_event", { account: "acct_2" }],
    ["the same event in the other mode is another event", "stripe_event", { livemode: 1 }],
    ["the same customer is bound again at another time", "stripe_binding", { from_at: 0 }],
    ["the same customer is bound to two users at one time", "stripe_binding", { value: "u2" }],
    ["the same customer is bound to a ref as well", "stripe_binding", { says: "ref" }],
    ["the same customer of another account is bound apart", "stripe_binding", { account: "acct_2" }],
    ["the same customer in the other mode is bound apart", "stripe_binding", { livemode: 1 }],
    ["the same customer of another account is another customer", "stripe_customer", { account: "acct_2" }],
    ["the same customer in the other mode is another customer", "stripe_customer", { livemode: 1 }],
    ["the same object of another account is another object", "stripe_object", { account: "acct_2", claim: "clm_4" }],
    ["the same object in the other mode is another object", "stripe_object", { livemode: 1, claim: "clm_4" }],
    ["an affiliate has a method after the other", "payout_method", { id: "pm_2" }],
    ["an affiliate has a recipient at either platform", "stripe_recipient", { payer: "operator" }],
    ["a line in each currency", "payout_line", { currency: "jpy" }],
    ["an ended key leaves its place to the next", "token_key", { id: "tkk_2", ends_at: 1 }],
    ["an account is referred in each app", "redemption", { app: OTHER.app }],
    ["several payouts pay one line", "payout", { id: "po_2" }],
    ["the same object of another app is another object", "stripe_object", { app: OTHER.app, payment: OTHER.payment }],
  ])("but %s", (_what, table, change) => {
    insert(db, table, ROWS[table]);
    expect(insert(db, table, { ...ROWS[table], ...change })).toBe(1);
  });

  test("a rule in force for everybody per currency, whatever there is for affiliates, and ended ones beside it", () => {
    insert(db, "review_rule", ROWS.review_rule);
    insert(db, "review_rule", { ...ROWS.review_rule, id: "rr_2", affiliate: null });
    expect(() => insert(db, "review_rule", { ...ROWS.review_rule, id: "rr_3", affiliate: null })).toThrow(taken);
    expect(insert(db, "review_rule", { ...ROWS.review_rule, id: "rr_3", affiliate: null, currency: "eur" })).toBe(1);
    db.exec("UPDATE review_rule SET ended_at = 1");
    expect(insert(db, "review_rule", { ...ROWS.review_rule, id: "rr_4" })).toBe(1);
    for (const set of ["ended_at = NULL", "day_cents = 1", "ended_at = 2"])
      expect(() => db.exec(`UPDATE review_rule SET ${set} WHERE id = 'rr_1'`)).toThrow("stays ended");
  });

  test("a batch per app and period of its schedule, also when it was cancelled, and any number by hand", () => {
    insert(db, "payout_batch", { ...ROWS.payout_batch, ...OF_PERIOD, status: "cancelled", ended_at: 1 });
    const another = (change: Row) => insert(db, "payout_batch", { ...ROWS.payout_batch, id: "pb_2", ...change });
    expect(() => another(OF_PERIOD)).toThrow(taken);
    for (const id of ["pb_2", "pb_3"]) expect(another({ id })).toBe(1);
    expect(another({ ...OF_PERIOD, id: "pb_4", period: "2026-03" })).toBe(1);
    expect(another({ ...OF_PERIOD, app: OTHER.app })).toBe(1);
  });

  test.each<Row>([{}, APPROVED, { ...APPROVED, status: "running" }])(
    "a cash-out on its way per affiliate and currency: %j",
    (state) => {
      insert(db, "payout_batch", { ...ROWS.payout_batch, ...REQUESTED, ...state });
      const another = (change: Row) =>
        insert(db, "payout_batch", { ...ROWS.payout_batch, id: "pb_2", ...REQUESTED, ...change });
      expect(() => another({})).toThrow(taken);
      expect(another({ kind: "hand" })).toBe(1);
      expect(another({ id: "pb_3", currency: "eur" })).toBe(1);
      expect(another({ app: OTHER.app, affiliate: OTHER.affiliate })).toBe(1);
    },
  );

  test.each<Row>([
    { status: "cancelled", ended_at: 2 },
    { ...APPROVED, status: "settled", ended_at: 2 },
  ])("and the next one once that has ended: %j", (state) => {
    insert(db, "payout_batch", { ...ROWS.payout_batch, ...REQUESTED, ...state });
    expect(insert(db, "payout_batch", { ...ROWS.payout_batch, id: "pb_2", ...REQUESTED })).toBe(1);
  });

  test("an account per app, but any number of apps without one", () => {
    for (const app of [SHOP.app, OTHER.app])
      expect(insert(db, "stripe_connection", { ...ROWS.stripe_connection, app, account: null })).toBe(1);
  });

  test("and a voided conversion cannot come back beside the one in force", () => {
    insert(db, "conversion", { ...ROWS.conversion, id: "con_2", attribution_claim: SHOP.claim, ...VOIDED });
    insert(db, "conversion", ROWS.conversion);
    expect(() => db.exec("UPDATE conversion SET voided_at = NULL, void_reason = NULL WHERE id = 'con_2'")).toThrow(
      taken,
    );
  });
});

describe("a row of one app cannot name a row of another", () => {
  const naming: readonly (readonly [Table, keyof typeof OTHER])[] = [
    ["code", "affiliate"],
    ["referral", "affiliate"],
    ["claim", "affiliate"],
    ["conversion", "affiliate"],
    ["conversion", "payment"],
    ["conversion", "claim"],
    ["payment_ref", "payment"],
    ["refund_part", "refund"],
    ["refund_part", "payment"],
    ["hold", "payment"],
    ["approval", "conversion"],
    ["review_rule", "affiliate"],
    ["correction", "affiliate"],
    ["ledger", "affiliate"],
    ["ledger", "conversion"],
    ["bucket", "affiliate"],
    ["total", "affiliate"],
    ["terms_acceptance", "affiliate"],
    ["payout_method", "affiliate"],
    ["stripe_recipient", "affiliate"],
    ["mail_optout", "affiliate"],
    ["bulk_line", "affiliate"],
    ["payout_batch", "affiliate"],
    ["payout_line", "batch"],
    ["payout_line", "affiliate"],
    ["payout", "batch"],
    ["payout", "affiliate"],
    ["payout", "method"],
    ["payout_item", "payout"],
    ["payout_item", "conversion"],
    ["stripe_object", "payment"],
    ["stripe_payment", "payment"],
    ["stripe_payment", "affiliate"],
    ["credit_entry", "account"],
    ["webhook_delivery", "endpoint"],
    ["webhook_attempt", "endpoint"],
  ];

  test.each(naming)("%s.%s", (table, column) => {
    expect(() => insert(db, table, { ...ROWS[table], [column]: OTHER[column] })).toThrow("FOREIGN KEY");
  });

  test("a payout pays a line that was approved, into a method of its own affiliate's", () => {
    insert(db, "affiliate", ROWS.affiliate);
    const cat = ROWS.affiliate.id;
    expect(() => insert(db, "payout", { ...ROWS.payout, currency: "jpy" })).toThrow("FOREIGN KEY");
    insert(db, "payout_line", { ...ROWS.payout_line, affiliate: cat, currency: "usd" });
    expect(() => insert(db, "payout", { ...ROWS.payout, affiliate: cat })).toThrow("FOREIGN KEY");
    insert(db, "payout_method", { ...ROWS.payout_method, id: "pm_cat", affiliate: cat });
    expect(insert(db, "payout", { ...ROWS.payout, affiliate: cat, method: "pm_cat" })).toBe(1);
  });

  test("and every foreign key between two tables of an app is in this list", () => {
    const keys = tablesOfApps().flatMap((table) =>
      all(
        db,
        `SELECT DISTINCT "from" AS name FROM pragma_foreign_key_list(?) WHERE "table" <> 'app' AND "from" NOT IN ('app', 'currency')`,
        table,
      ).map((key) => `${table}.${key["name"]}`),
    );
    expect(naming.map(([table, column]) => `${table}.${column}`).toSorted()).toEqual(keys.toSorted());
  });

  test("and each of them carries the app on both sides", () => {
    for (const table of tablesOfApps()) {
      const keys = all(db, "SELECT * FROM pragma_foreign_key_list(?)", table);
      for (const key of keys.filter((part) => part["table"] !== "app")) {
        const parts = keys.filter((part) => part["id"] === key["id"]).map((part) => `${part["from"]} → ${part["to"]}`);
        expect(parts).toContain("app → app");
      }
    }
  });
});

describe("a sum beyond 64 bits", () => {
  test.each(["bucket.net", "total.earned_clear", "total.paid", "total.fee", "total.adjust", "conversion.settled_net"])(
    "is refused in %s, where SQLite would go on with a REAL",
    (name) => {
      const [table, column] = name.split(".") as [Table, string];
      insert(db, table, { ...ROWS[table], [column]: INT64_MAX });
      const rest = column === "settled_net" ? "WHERE id = 'con_1'" : "";
      expect(() => db.exec(`UPDATE ${table} SET ${column} = ${column} + 1 ${rest}`)).toThrow("cannot store REAL value");
      expect(all(db, `SELECT typeof(${column}) AS type FROM ${table} ${rest}`)).toEqual([{ type: "integer" }]);
    },
  );
});

const SETTLED = "dirty = 1 OR (posted_lane = due_lane AND posted_net = due_net AND posted_fee = due_fee)";
const VOID_OWES_NOTHING = "voided_at IS NULL OR dirty = 1 OR (due_net = 0 AND due_fee = 0)";
const IN_A_LANE_OR_NOT = `iif(kind IN ('out', 'in'), lane IS NOT NULL AND mature_day IS NOT NULL AND conversion IS NOT NULL,
    lane IS NULL AND mature_day IS NULL AND conversion IS NULL)`;

const REF_OR_NONE = "(code IS NULL) = (code_rank IS NULL)";
const MONEY_OR_NONE = `(captured IS NULL) = (base IS NULL) AND (captured IS NULL) = (currency IS NULL)
    AND (captured IS NULL) = (occurred_at IS NULL)`;
const ATTRIBUTED_OR_NOT = "(affiliate IS NULL) = (attribution IS NULL) AND (affiliate IS NULL) = (code_rank IS NULL)";
const REQUEST_IS_WHOSE = "kind <> 'request' OR (affiliate IS NOT NULL AND currency IS NOT NULL)";
const APPROVED_FIRST = "status IN ('draft', 'cancelled') OR approved_by IS NOT NULL";
const BATCH_ENDED = "(status IN ('settled', 'cancelled')) = (ended_at IS NOT NULL)";
const STILL_TO_SEND = "next_at IS NULL OR (rail = 'stripe' AND status = 'processing')";
const COUNTED_FOR_SOMEBODY = "state NOT IN ('deciding', 'counted') OR affiliate IS NOT NULL";

const SHARE_URL = "length(credit_share_url) <= 256 AND instr(credit_share_url, '{code}') > 0";
const CREDIT_KIND = "kind IN ('referrer_award', 'referee_award', 'referrer_revoked', 'referee_revoked', 'spend')";
const CREDIT_SIGN = "amount <> 0 AND (amount > 0) = (kind IN ('referrer_award', 'referee_award'))";

/** What each CHECK refuses: the table, the change to its valid row, the CHECK that says no. */
const REFUSED: readonly (readonly [Table, Row, string])[] = [
  ["app", { mode: "demo" }, "mode IN ('live', 'test')"],
  ["app", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["app", { conversions: "closed" }, "conversions IN ('open', 'matched', 'keyed')"],
  ["app", { holding_days: -1 }, "holding_days BETWEEN 0 AND 365"],
  ["app", { holding_days: 366 }, "holding_days BETWEEN 0 AND 365"],
  ["app", { platform_fee_bps: -1 }, "platform_fee_bps BETWEEN 0 AND 10000"],
  ["app", { platform_fee_bps: 10_001 }, "platform_fee_bps BETWEEN 0 AND 10000"],
  ["app", { max_months: 0 }, "max_months BETWEEN 1 AND 1200"],
  ["app", { origins: "https://shop.test" }, "json_valid(origins)"],
  ["app", { max_event_cents: 0 }, "max_event_cents BETWEEN 1 AND 999999999999"],
  ["app", { max_event_cents: MAX_AMOUNT + 1 }, "max_event_cents BETWEEN 1 AND 999999999999"],
  ["app", { max_day_cents: 0 }, "max_day_cents BETWEEN 1 AND 999999999999"],
  ["app", { max_day_cents: MAX_AMOUNT + 1 }, "max_day_cents BETWEEN 1 AND 999999999999"],
  ["app", { dedupe_seconds: 3_601 }, "dedupe_seconds BETWEEN 0 AND 3600"],
  ["app", { new_customers_only: 2 }, "new_customers_only IN (0, 1)"],
  ["app", { approval: "maybe" }, "approval IN ('auto', 'manual')"],
  ["app", { operator_funded: 2 }, "operator_funded IN (0, 1)"],
  ...["referrer_award", "referee_award"].flatMap((name): (readonly [Table, Row, string])[] => [
    ["app", { [`credit_${name}`]: -1 }, `credit_${name} BETWEEN 0 AND 1000000`],
    ["app", { [`credit_${name}`]: 1_000_001 }, `credit_${name} BETWEEN 0 AND 1000000`],
  ]),
  ["app", { credit_cap: -1 }, "credit_cap BETWEEN 0 AND 1000000000"],
  ["app", { credit_cap: 1_000_000_001 }, "credit_cap BETWEEN 0 AND 1000000000"],
  ["app", { credit_qualifying_event: "click" }, "credit_qualifying_event IN ('signup', 'first_payment')"],
  ["app", { credit_bonus_when_capped: 2 }, "credit_bonus_when_capped IN (0, 1)"],
  ["app", { credit_pending_days: 0 }, "credit_pending_days BETWEEN 1 AND 3650"],
  ["app", { credit_pending_days: 3_651 }, "credit_pending_days BETWEEN 1 AND 3650"],
  ["app", { credit_accounts: "some" }, "credit_accounts IN ('all', 'listed', 'none')"],
  ["app", { credit_countries: "NL" }, "json_valid(credit_countries)"],
  ["app", { credit_share_url: "https://shop.test" }, SHARE_URL],
  ["app", { credit_share_url: `{code}${"x".repeat(251)}` }, SHARE_URL],
  ["app", { credit_about: "" }, "length(credit_about) BETWEEN 1 AND 256"],
  ["app", { credit_about: "x".repeat(257) }, "length(credit_about) BETWEEN 1 AND 256"],
  ["api_key", { scopes: "track" }, "json_valid(scopes)"],
  ["affiliate", { status: "banned" }, "status IN ('applied', 'active', 'suspended', 'revoked')"],
  ["affiliate", { status: "revoked" }, "(status = 'revoked') = (revoked_at IS NOT NULL)"],
  ["affiliate", { revoked_at: 1 }, "(status = 'revoked') = (revoked_at IS NOT NULL)"],
  ["affiliate", { voided: 2 }, "voided IN (0, 1)"],
  ["affiliate", { email: null }, "email IS NOT NULL OR account_id IS NOT NULL"],
  ["code", { code: "Ann42" }, "code = lower(code) AND length(code) BETWEEN 1 AND 64"],
  ["code", { code: "", ref: "" }, "code = lower(code) AND length(code) BETWEEN 1 AND 64"],
  ["code", { code: "a".repeat(65), ref: "a".repeat(65) }, "code = lower(code) AND length(code) BETWEEN 1 AND 64"],
  ["code", { ref: "bob" }, "lower(ref) = code"],
  ["code", { state: "deleted" }, "state IN ('active', 'retired', 'revoked')"],
  ["code", { affiliate: null }, "affiliate IS NOT NULL OR account IS NOT NULL"],
  ["rate", { seq: 0 }, "seq > 0"],
  ["rate", { seq: -1 }, "seq > 0"],
  ["rate", { bps: -1 }, "bps BETWEEN 0 AND 10000"],
  ["rate", { bps: 10_001 }, "bps BETWEEN 0 AND 10000"],
  ["rate", { bps: null }, "bps IS NOT NULL OR affiliate <> ''"],
  ["click", { counted: 2 }, "counted IN (0, 1)"],
  ["code_day", { clicks: -1 }, "clicks >= 0"],
  ["code_day", { signups: -1 }, "signups >= 0"],
  ["code_day", { conversions: -1 }, "conversions >= 0"],
  ["code_day", { refunds: -1 }, "refunds >= 0"],
  ["request_key", { kind: "conversion" }, "kind IN ('signup', 'spend', 'redeem')"],
  ["request_key", { source: "stripe" }, "source IN ('key', 'public')"],
  ["app_day", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["app_day", { trust: "verified" }, "trust IN ('vouched', 'public')"],
  ["app_day", { captured: -1 }, "captured >= 0"],
  ["referral", { email_trust: "verified" }, "email_trust IN ('vouched', 'public')"],
  ["referral", { trust: "verified" }, "trust IN ('vouched', 'public')"],
  ["referral", { trust: "vouched" }, "trust = 'public' OR fixed_at IS NOT NULL"],
  ["referral", { counted: 2 }, "counted IN (0, 1)"],
  ["payment_ref", { livemode: 2 }, "livemode IN (0, 1)"],
  ["claim", { source: "csv" }, "source IN ('stripe', 'key', 'public')"],
  ["claim", { form: "subscription" }, "form IN ('call', 'invoice', 'session', 'payment_intent', 'charge')"],
  ["claim", { attribution: "verified" }, "attribution IN ('vouched', 'public')"],
  ["claim", { affiliate: null }, "(affiliate IS NULL) = (attribution IS NULL)"],
  ["claim", { currency: "dollar" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["claim", { base: -1 }, "base BETWEEN 0 AND captured"],
  ["claim", { base: 10_001 }, "base BETWEEN 0 AND captured"],
  ["claim", { base: 0, captured: 0 }, "captured BETWEEN 1 AND 999999999999"],
  ["claim", { captured: MAX_AMOUNT + 1 }, "captured BETWEEN 1 AND 999999999999"],
  ["claim", { counted: 2 }, "counted IN (0, 1)"],
  ["conversion", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["conversion", { base: -1 }, "base BETWEEN 0 AND captured"],
  ["conversion", { base: 10_001 }, "base BETWEEN 0 AND captured"],
  ["conversion", { base: 0, captured: 0 }, "captured BETWEEN 1 AND 999999999999"],
  ["conversion", { captured: MAX_AMOUNT + 1 }, "captured BETWEEN 1 AND 999999999999"],
  ["conversion", { rate_bps: -1 }, "rate_bps BETWEEN 0 AND 10000"],
  ["conversion", { rate_bps: 10_001 }, "rate_bps BETWEEN 0 AND 10000"],
  ["conversion", { fee_bps: -1 }, "fee_bps BETWEEN 0 AND 10000"],
  ["conversion", { fee_bps: 10_001 }, "fee_bps BETWEEN 0 AND 10000"],
  ["conversion", { trust: "vouched" }, "trust IN ('verified', 'matched', 'unverified')"],
  ["conversion", { entry_lane: "paid" }, "entry_lane IN ('held', 'review', 'clear')"],
  ["conversion", { voided_at: 1 }, "(voided_at IS NULL) = (void_reason IS NULL)"],
  ["conversion", { void_reason: "refused" }, "(voided_at IS NULL) = (void_reason IS NULL)"],
  ["conversion", { refunded: -1 }, "refunded BETWEEN 0 AND captured"],
  ["conversion", { refunded: 10_001 }, "refunded BETWEEN 0 AND captured"],
  ["conversion", { due_lane: "paid" }, "due_lane IN ('held', 'review', 'clear')"],
  ["conversion", { due_net: -1 }, "due_net >= 0"],
  ["conversion", { due_fee: -1 }, "due_fee >= 0"],
  ["conversion", { due_net: 9_851, dirty: 1 }, "due_net + due_fee <= base"],
  ["conversion", { posted_lane: "paid" }, "posted_lane IN ('held', 'review', 'clear')"],
  ["conversion", { posted_net: -1 }, "posted_net >= 0"],
  ["conversion", { posted_fee: -1 }, "posted_fee >= 0"],
  ["conversion", { dirty: 2 }, "dirty IN (0, 1)"],
  ["conversion", { refunded_told: -1 }, "refunded_told >= 0"],
  ["conversion", { confirmed_told: 2 }, "confirmed_told IN (0, 1)"],
  ["conversion", { posted_lane: "held" }, SETTLED],
  ["conversion", { posted_net: 2_849 }, SETTLED],
  ["conversion", { posted_fee: 149 }, SETTLED],
  ["conversion", { ...VOIDED, due_net: 1, posted_net: 1 }, VOID_OWES_NOTHING],
  ["conversion", { ...VOIDED, due_fee: 1, posted_fee: 1 }, VOID_OWES_NOTHING],
  ["charge", { livemode: 2 }, "livemode IN (0, 1)"],
  ["charge", { captured: -1 }, "captured BETWEEN 0 AND 999999999999"],
  ["charge", { captured: MAX_AMOUNT + 1 }, "captured BETWEEN 0 AND 999999999999"],
  ["charge", { refunded_total: -1 }, "refunded_total BETWEEN 0 AND 999999999999"],
  ["charge", { refunded_total: MAX_AMOUNT + 1 }, "refunded_total BETWEEN 0 AND 999999999999"],
  ["charge", { uncaptured: -1 }, "uncaptured BETWEEN 0 AND 999999999999"],
  ["charge", { uncaptured: MAX_AMOUNT + 1 }, "uncaptured BETWEEN 0 AND 999999999999"],
  ["refund", { source: "csv" }, "source IN ('stripe', 'key', 'public')"],
  ["refund", { livemode: 2 }, "livemode IN (0, 1)"],
  ["refund", { amount: 0 }, "amount BETWEEN 1 AND 999999999999"],
  ["refund", { amount: MAX_AMOUNT + 1 }, "amount BETWEEN 1 AND 999999999999"],
  ["refund", { applied: 2 }, "applied IN (0, 1)"],
  ["refund", { status: "lost" }, "status IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled')"],
  ["refund", { counted: 2 }, "counted IN (0, 1)"],
  ["refund_part", { amount: 0 }, "amount BETWEEN 1 AND 999999999999"],
  ["refund_part", { amount: MAX_AMOUNT + 1 }, "amount BETWEEN 1 AND 999999999999"],
  ["dispute", { livemode: 2 }, "livemode IN (0, 1)"],
  ["dispute", { amount: -1 }, "amount BETWEEN 0 AND 999999999999"],
  ["dispute", { amount: MAX_AMOUNT + 1 }, "amount BETWEEN 0 AND 999999999999"],
  ["dispute", { status: "pending" }, "status IN ('open', 'won', 'lost')"],
  ["dispute", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["hold", { seq: 0 }, "seq > 0"],
  ["hold", { seq: -1 }, "seq > 0"],
  ["hold", { action: "freeze" }, "action IN ('hold', 'release')"],
  ["approval", { seq: 0 }, "seq > 0"],
  ["approval", { seq: -1 }, "seq > 0"],
  ["approval", { decision: "maybe" }, "decision IN ('approve', 'reject')"],
  ["review_rule", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["review_rule", { max_event_cents: 0 }, "max_event_cents BETWEEN 1 AND max_day_cents"],
  ["review_rule", { max_event_cents: 100_001 }, "max_event_cents BETWEEN 1 AND max_day_cents"],
  ["review_rule", { max_day_cents: MAX_AMOUNT + 1 }, "max_day_cents <= 999999999999"],
  ["review_rule", { day_cents: -1 }, "day_cents BETWEEN 0 AND max_day_cents"],
  ["review_rule", { day_cents: 100_001 }, "day_cents BETWEEN 0 AND max_day_cents"],
  ["correction", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["correction", { amount: 0 }, "amount <> 0 AND abs(amount) <= 999999999999"],
  ["correction", { amount: MAX_AMOUNT + 1 }, "amount <> 0 AND abs(amount) <= 999999999999"],
  ["correction", { amount: -MAX_AMOUNT - 1 }, "amount <> 0 AND abs(amount) <= 999999999999"],
  ["correction", { kind: "gift" }, "kind IN ('correction', 'opening', 'transfer_return')"],
  ["ledger", { seq: 0 }, "seq > 0"],
  ["ledger", { seq: -1 }, "seq > 0"],
  ["ledger", { kind: "refund" }, "kind IN ('out', 'in', 'adjust', 'payout', 'payout_return')"],
  ["ledger", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["ledger", { lane: "paid" }, "lane IN ('held', 'review', 'clear')"],
  ["ledger", { lane: null }, IN_A_LANE_OR_NOT],
  ["ledger", { mature_day: null }, IN_A_LANE_OR_NOT],
  ["ledger", { conversion: null }, IN_A_LANE_OR_NOT],
  ["ledger", { kind: "out", lane: null, mature_day: null, conversion: null }, IN_A_LANE_OR_NOT],
  ["ledger", { kind: "payout", mature_day: null, conversion: null }, IN_A_LANE_OR_NOT],
  ["ledger", { kind: "adjust", lane: null, conversion: null }, IN_A_LANE_OR_NOT],
  ["ledger", { kind: "payout_return", lane: null, mature_day: null }, IN_A_LANE_OR_NOT],
  ["ledger", { net: 0, fee: 0 }, "net <> 0 OR fee <> 0"],
  ["bucket", { lane: "paid" }, "lane IN ('held', 'review', 'clear')"],
  ["bucket", { net: -1 }, "net >= 0"],
  ["total", { earned_clear: -1 }, "earned_clear >= 0"],
  ["total", { earned_review: -1 }, "earned_review >= 0"],
  ["total", { earned_held: -1 }, "earned_held >= 0"],
  ["total", { paid: -1 }, "paid >= 0"],
  ["total", { fee: -1 }, "fee >= 0"],
  ["stripe_connection", { livemode: 2 }, "livemode IN (0, 1)"],
  ["stripe_connection", { account: "" }, "account <> ''"],
  ["stripe_connection", { net_of_tax: 2 }, "net_of_tax IN (0, 1)"],
  ["stripe_connection", { bare_refs: 2 }, "bare_refs IN (0, 1)"],
  ["stripe_connection", { out_of_band: 2 }, "out_of_band IN (0, 1)"],
  ["stripe_event", { livemode: 2 }, "livemode IN (0, 1)"],
  ["stripe_event", { facts: "{" }, "json_valid(facts)"],
  ["stripe_event", { reason: "wrong_mode" }, "reason IS NULL OR facts IS NULL"],
  ["stripe_binding", { says: "email" }, "says IN ('ref', 'user')"],
  ["stripe_binding", { livemode: 2 }, "livemode IN (0, 1)"],
  ["stripe_binding", { from_at: -1 }, "from_at >= 0"],
  ["stripe_customer", { livemode: 2 }, "livemode IN (0, 1)"],
  ["stripe_object", { livemode: 2 }, "livemode IN (0, 1)"],
  ["stripe_object", { form: "call" }, "form IN ('invoice', 'session', 'payment_intent', 'charge')"],
  ["stripe_object", { promotions: "promo_1" }, "json_valid(promotions)"],
  ["stripe_object", { code_rank: 0 }, "code_rank BETWEEN 1 AND 4"],
  ["stripe_object", { code_rank: 5 }, "code_rank BETWEEN 1 AND 4"],
  ["stripe_object", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["stripe_object", { base: 0, captured: 0 }, "captured BETWEEN 1 AND 999999999999"],
  ["stripe_object", { captured: MAX_AMOUNT + 1 }, "captured BETWEEN 1 AND 999999999999"],
  ["stripe_object", { base: -1 }, "base BETWEEN 0 AND captured"],
  ["stripe_object", { base: 10_001 }, "base BETWEEN 0 AND captured"],
  ["stripe_object", { settlement: "paid" }, "settlement IN ('on_stripe', 'out_of_band', 'assumed', 'unknown')"],
  ["stripe_object", { of_invoice: 2 }, "of_invoice IN (0, 1)"],
  ["stripe_object", { code: null }, REF_OR_NONE],
  ["stripe_object", { code_rank: null }, REF_OR_NONE],
  ["stripe_object", { captured: null }, MONEY_OR_NONE],
  ["stripe_object", { base: null }, MONEY_OR_NONE],
  ["stripe_object", { currency: null }, MONEY_OR_NONE],
  ["stripe_object", { occurred_at: null }, MONEY_OR_NONE],
  ["stripe_object", { ...UNPAID, base: 1 }, MONEY_OR_NONE],
  ["stripe_object", { ...UNPAID, currency: "usd" }, MONEY_OR_NONE],
  ["stripe_object", { ...UNPAID, occurred_at: 1 }, MONEY_OR_NONE],
  ["stripe_payment", { livemode: 2 }, "livemode IN (0, 1)"],
  ["stripe_payment", { state: "open" }, "state IN ('parked', 'deciding', 'counted', 'closed')"],
  ["stripe_payment", { code_rank: -1 }, "code_rank BETWEEN 0 AND 7"],
  ["stripe_payment", { code_rank: 8 }, "code_rank BETWEEN 0 AND 7"],
  ["stripe_payment", { attribution: "verified" }, "attribution IN ('vouched', 'public')"],
  ["stripe_payment", { attempts: -1 }, "attempts >= 0"],
  ["stripe_payment", { affiliate: null }, ATTRIBUTED_OR_NOT],
  ["stripe_payment", { attribution: null }, ATTRIBUTED_OR_NOT],
  ["stripe_payment", { code_rank: null }, ATTRIBUTED_OR_NOT],
  ["stripe_payment", UNATTRIBUTED, COUNTED_FOR_SOMEBODY],
  ["stripe_payment", { ...UNATTRIBUTED, state: "deciding" }, COUNTED_FOR_SOMEBODY],
  ["app_flag", { flag: "credits" }, "flag IN ('platform_referrals', 'settings_affiliates')"],
  ["app_flag", { enabled: 2 }, "enabled IN (0, 1)"],
  ["join_policy", { accounts: "some" }, "accounts IN ('all', 'listed', 'none')"],
  ["join_policy", { countries: "NL" }, "json_valid(countries)"],
  ["program_terms", { version: 0 }, "version > 0"],
  ["program_terms", { text: "x".repeat(10_001) }, "length(text) <= 10000"],
  ["terms_acceptance", { version: -1 }, "version >= 0"],
  ["terms_acceptance", { shown: "all of it" }, "json_valid(shown)"],
  ["app_sum", { currency: "CHF" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["bulk_change", { action: "delete" }, "action IN ('approve', 'suspend', 'reactivate', 'revoke', 'rate')"],
  ["bulk_change", { ended_at: 1 }, "ended_at IS NULL OR started_at IS NOT NULL"],
  ["bulk_line", { seq: 0 }, "seq > 0"],
  ["bulk_line", { rate_bps: 10_001 }, "rate_bps BETWEEN 0 AND 10000"],
  ["bulk_line", { was_bps: -1 }, "was_bps BETWEEN 0 AND 10000"],
  ["bulk_line", { state: "lost" }, "state IN ('waiting', 'done', 'skipped', 'failed')"],
  ["bulk_line", { was_status: "gone" }, "was_status IN ('applied', 'active', 'suspended', 'revoked')"],
  ["bulk_line", { state: "done" }, "state <> 'done' OR was_status IS NOT NULL"],
  ["invitation", { rate_bps: -1 }, "rate_bps BETWEEN 0 AND 10000"],
  ["invitation", { rate_bps: 10_001 }, "rate_bps BETWEEN 0 AND 10000"],
  ["invitation", { email: null }, "(email IS NULL) = (withdrawn_at IS NOT NULL)"],
  ["invitation", { withdrawn_at: 1 }, "(email IS NULL) = (withdrawn_at IS NOT NULL)"],
  ["invitation", { email: null, withdrawn_at: 1, name: "Kim" }, "withdrawn_at IS NULL OR name IS NULL"],
  ["tag_choice", { cookie_days: 0 }, "cookie_days BETWEEN 1 AND 400"],
  ["tag_choice", { cookie_days: 401 }, "cookie_days BETWEEN 1 AND 400"],
  ["tag_choice", { attribution: "all" }, "attribution IN ('last', 'first')"],
  ["payout_policy", { rail: "paypal" }, "rail IN ('manual', 'stripe')"],
  ["payout_policy", { schedule: "daily" }, "schedule IN ('none', 'weekly', 'monthly')"],
  ["payout_policy", { schedule_day: 0 }, "schedule_day BETWEEN 1 AND iif(schedule = 'weekly', 7, 28)"],
  [
    "payout_policy",
    { schedule: "weekly", schedule_day: 8 },
    "schedule_day BETWEEN 1 AND iif(schedule = 'weekly', 7, 28)",
  ],
  [
    "payout_policy",
    { schedule: "monthly", schedule_day: 29 },
    "schedule_day BETWEEN 1 AND iif(schedule = 'weekly', 7, 28)",
  ],
  ["payout_minimum", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["payout_minimum", { cents: 0 }, "cents BETWEEN 1 AND 999999999999"],
  ["payout_minimum", { cents: MAX_AMOUNT + 1 }, "cents BETWEEN 1 AND 999999999999"],
  ["payout_method", { seq: 0 }, "seq > 0"],
  ["payout_method", { seq: -1 }, "seq > 0"],
  ["payout_method", { kind: "cheque" }, "kind IN ('paypal', 'bank', 'stripe', 'other', 'none')"],
  ["payout_method", { kind: "stripe", payer: "merchant" }, "payer IN ('app', 'operator')"],
  ["payout_method", { details: null }, "(kind = 'none') = (details IS NULL)"],
  ["payout_method", { kind: "none" }, "(kind = 'none') = (details IS NULL)"],
  ["payout_method", { kind: "stripe" }, "(kind = 'stripe') = (payer IS NOT NULL)"],
  ["payout_method", { payer: "app" }, "(kind = 'stripe') = (payer IS NOT NULL)"],
  ["stripe_recipient", { payer: "merchant" }, "payer IN ('app', 'operator')"],
  ["stripe_recipient", { account: "" }, "account <> ''"],
  ["payout_batch", { kind: "bonus" }, "kind IN ('hand', 'schedule', 'request')"],
  ["payout_batch", { rail: "paypal" }, "rail IN ('manual', 'stripe')"],
  ["payout_batch", { payer: "merchant" }, "payer IN ('app', 'operator')"],
  ["payout_batch", { status: "paid" }, "status IN ('draft', 'approved', 'running', 'settled', 'cancelled')"],
  ["payout_batch", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["payout_batch", { kind: "schedule" }, "(kind = 'schedule') = (period IS NOT NULL)"],
  ["payout_batch", { period: "2026-02" }, "(kind = 'schedule') = (period IS NOT NULL)"],
  ["payout_batch", { ...REQUESTED, affiliate: null }, REQUEST_IS_WHOSE],
  ["payout_batch", { ...REQUESTED, currency: null }, REQUEST_IS_WHOSE],
  ["payout_batch", { approved_by: "owner" }, "(approved_by IS NULL) = (approved_at IS NULL)"],
  ["payout_batch", { approved_at: 1 }, "(approved_by IS NULL) = (approved_at IS NULL)"],
  ["payout_batch", { status: "approved" }, APPROVED_FIRST],
  ["payout_batch", { status: "running" }, APPROVED_FIRST],
  ["payout_batch", { status: "settled", ended_at: 1 }, APPROVED_FIRST],
  ["payout_batch", { ...APPROVED, status: "settled" }, BATCH_ENDED],
  ["payout_batch", { status: "cancelled" }, BATCH_ENDED],
  ["payout_batch", { ended_at: 1 }, BATCH_ENDED],
  ["payout_batch", { ...APPROVED, status: "running", ended_at: 1 }, BATCH_ENDED],
  ["payout_line", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["payout_line", { amount: 0 }, "amount >= 1"],
  ["payout_line", { done: 2 }, "done IN (0, 1)"],
  ["payout_line", { reason: "suspended" }, "done = 1 OR reason IS NULL"],
  ["payout", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["payout", { amount: 0 }, "amount >= 1"],
  ["payout", { rail: "paypal" }, "rail IN ('manual', 'stripe')"],
  ["payout", { payer: "merchant" }, "payer IN ('app', 'operator')"],
  ["payout", { status: "paid" }, "status IN ('processing', 'settled', 'failed')"],
  ["payout", { attempt: 0 }, "attempt >= 1"],
  ["payout", { ...PAID, returned: -1 }, "returned BETWEEN 0 AND amount"],
  ["payout", { ...PAID, returned: 2_851 }, "returned BETWEEN 0 AND amount"],
  ["payout", { posted: 2 }, "posted IN (0, 1)"],
  ["payout", { status: "settled" }, "(status = 'settled') = (settled_at IS NOT NULL)"],
  ["payout", { settled_at: 1 }, "(status = 'settled') = (settled_at IS NOT NULL)"],
  ["payout", { status: "failed", settled_at: 1 }, "(status = 'settled') = (settled_at IS NOT NULL)"],
  ["payout", { next_at: 1 }, STILL_TO_SEND],
  ["payout", { ...PAID, rail: "stripe", next_at: 1 }, STILL_TO_SEND],
  ["payout", { rail: "stripe", status: "failed", next_at: 1 }, STILL_TO_SEND],
  ["payout", { returned: 1 }, "returned = 0 OR status = 'settled'"],
  ["payout", { status: "failed", returned: 1 }, "returned = 0 OR status = 'settled'"],
  ["payout_item", { amount: 0 }, "amount <> 0"],
  ["fee_collection", { currency: "USD" }, "length(currency) = 3 AND currency = lower(currency)"],
  ["fee_collection", { amount: 0 }, "amount <> 0 AND abs(amount) <= 999999999999"],
  ["fee_collection", { amount: MAX_AMOUNT + 1 }, "amount <> 0 AND abs(amount) <= 999999999999"],
  ["fee_collection", { amount: -MAX_AMOUNT - 1 }, "amount <> 0 AND abs(amount) <= 999999999999"],
  ["book_check", { checks: 0, done: 0 }, "checks >= 1"],
  ["book_check", { done: -1 }, "done BETWEEN 0 AND checks"],
  ["book_check", { done: 3, ended_at: 1 }, "done BETWEEN 0 AND checks"],
  ["book_check", { found: "[" }, "json_valid(found)"],
  ["book_check", { ended_at: 1 }, "(ended_at IS NULL) = (done < checks)"],
  ["book_check", { done: 2 }, "(ended_at IS NULL) = (done < checks)"],
  ["redemption", { status: "done" }, "status IN ('pending', 'successful', 'capped', 'revoked')"],
  ["redemption", { by_word: 2 }, "by_word IN (0, 1)"],
  ["redemption", { referrer_award: -1 }, "referrer_award >= 0"],
  ["redemption", { referred_award: -1 }, "referred_award >= 0"],
  ["redemption", { referrer_account: "acc_2" }, "referrer_account <> referred_account"],
  ["credit_account", { earned: -1 }, "earned >= 0"],
  ["credit_account", { revoked: -1 }, "revoked >= 0"],
  ["credit_account", { spent: -1 }, "spent >= 0"],
  ["credit_entry", { kind: "gift" }, CREDIT_KIND],
  ["credit_entry", { amount: 0 }, CREDIT_SIGN],
  ["credit_entry", { amount: -1 }, CREDIT_SIGN],
  ["credit_entry", { kind: "spend" }, CREDIT_SIGN],
  ["friend_invitation", { address: "kim@example.test" }, "length(address) = 32"],
  ["friend_invitation_optout", { address: "kim@example.test" }, "length(address) = 32"],
  ...["awarded", "taken_back", "spent", "open", "pending", "successful", "capped", "revoked"].map(
    (column) => ["credit_total", { [column]: -1 }, `${column} >= 0`] as const,
  ),
  ["event", { payload: "{" }, "json_valid(payload)"],
  ["webhook_endpoint", { kinds: "{}" }, "kinds IS NULL OR json_type(kinds) = 'array'"],
  ["webhook_endpoint", { secret_prefix: "whsec_AbCdE" }, "length(secret_prefix) <= 10"],
  ["webhook_endpoint", { status: "paused" }, "status IN ('active', 'disabled', 'deleted')"],
  ["webhook_endpoint", { disabled_reason: "tired" }, "disabled_reason IN ('owner', 'failing', 'gone')"],
  ["webhook_endpoint", { after_seq: -1 }, "after_seq >= 0"],
  ["webhook_endpoint", { previous_secret: "sealed" }, PREVIOUS_SECRET],
  ["webhook_endpoint", { previous_until: 1 }, PREVIOUS_SECRET],
  ["webhook_endpoint", { status: "disabled" }, "(disabled_reason IS NULL) = (status <> 'disabled')"],
  ["webhook_endpoint", { disabled_reason: "owner" }, "(disabled_reason IS NULL) = (status <> 'disabled')"],
  ["webhook_endpoint", { secret: null }, "(secret IS NULL) = (status = 'deleted')"],
  ["webhook_endpoint", { status: "deleted" }, "(secret IS NULL) = (status = 'deleted')"],
  ["webhook_delivery", { seq: 0 }, "seq <> 0"],
  ["webhook_delivery", { status: "sent" }, "status IN ('waiting', 'delivered', 'failed')"],
  ["webhook_delivery", { attempts: -1 }, "attempts >= 0"],
  ["webhook_delivery", { last_error: "tired" }, DELIVERY_ERROR],
  ["webhook_delivery", { ended_at: 1 }, "(ended_at IS NULL) = (status = 'waiting')"],
  ["webhook_delivery", { status: "delivered", ended_at: 1 }, "next_at IS NULL OR status = 'waiting'"],
  ["webhook_delivery", { lease: "l" }, "(lease IS NULL) = (leased_until IS NULL)"],
  ["webhook_delivery", { leased_until: 1 }, "(lease IS NULL) = (leased_until IS NULL)"],
  ["webhook_attempt", { attempt: 0 }, "attempt > 0"],
  ["webhook_attempt", { duration_ms: -1 }, "duration_ms >= 0"],
  ["webhook_attempt", { status: 99 }, "status BETWEEN 100 AND 999"],
  ["webhook_attempt", { error: "skipped" }, ATTEMPT_ERROR],
  ["webhook_attempt", { manual: 2 }, "manual IN (0, 1)"],
  ["outbox", { payload: "{" }, "json_valid(payload)"],
  ["outbox", { attempt: -1 }, "attempt >= 0"],
  ["outbox", { outcome: "sent" }, MAIL_OUTCOME],
  ["outbox", { done_at: 1 }, MAIL_OUTCOME],
  ["outbox", { done_at: 1, outcome: "gone" }, MAIL_OUTCOME],
  ["outbox", { done_at: 1, outcome: "sent", lease: "l" }, "lease IS NULL OR done_at IS NULL"],
  ["mail_suppression", { address: "mara@example.test" }, "length(address) = 64"],
  ["mail_suppression", { reason: "spam" }, "reason IN ('dead_address', 'by_hand')"],
  ["mail_switch", { template: "payout_method_changed" }, SWITCHABLE],
  ["mail_switch", { enabled: 2 }, "enabled IN (0, 1)"],
  ["mail_optout", { template: "payout_sent" }, "template IN ('first_commission', 'weekly_digest')"],
  ["drop", { seq: 0 }, "seq > 0"],
  ["drop", { seq: -1 }, "seq > 0"],
  ["drop", { body: "{" }, "json_valid(body)"],
  ["audit", { seq: 0 }, "seq > 0"],
  ["audit", { seq: -1 }, "seq > 0"],
  ["users", { email: "Kim@example.test" }, "email = lower(trim(email))"],
  ["users", { email: " kim@example.test" }, "email = lower(trim(email))"],
  ["users", { email_verified: 2 }, "email_verified IN (0, 1)"],
  ["rate_limits", { count: 0 }, "count > 0"],
  ["app_owner", { email: "Owner@example.test" }, "email = lower(trim(email))"],
];

describe("each CHECK", () => {
  test.each(REFUSED.map(([table, change, check]) => ({ table, change, check, what: JSON.stringify(change) })))(
    "$table refuses $what: $check",
    ({ table, change, check }) => {
      expect(() => insert(db, table, { ...ROWS[table], ...change })).toThrow(`CHECK constraint failed: ${check}`);
    },
  );

  test("of the migrations is in this list", () => {
    const listed = new Set(REFUSED.map(([table, , check]) => `${table}: ${check}`));
    const declared = tableNames(db).flatMap((table) => checksOf(table).map((check) => `${table}: ${check}`));
    expect([...listed].toSorted()).toEqual(declared.toSorted());
  });

  test.each<[Table, Row]>([
    ["affiliate", { status: "revoked", revoked_at: 1 }],
    ["affiliate", { email: null, account_id: "acc_1" }],
    ["claim", { base: MAX_AMOUNT, captured: MAX_AMOUNT }],
    ["claim", { base: 0, captured: 1 }],
    ["conversion", { rate_bps: 0, fee_bps: 0, due_net: 0, due_fee: 0, posted_net: 0, posted_fee: 0 }],
    [
      "conversion",
      { rate_bps: 10_000, fee_bps: 10_000, due_net: 0, due_fee: 10_000, posted_net: 0, posted_fee: 10_000 },
    ],
    ["conversion", { posted_net: 0, posted_fee: 0, posted_lane: "review", dirty: 1 }],
    ["conversion", VOIDED],
    ["conversion", { voided_at: 1, void_reason: "superseded", dirty: 1 }],
    ["refund", { amount: null, currency: null }],
    ["refund_part", { amount: MAX_AMOUNT }],
    ["correction", { amount: MAX_AMOUNT }],
    ["rate", { bps: null, affiliate: "ann" }],
    ["rate", { bps: 10_000 }],
    ["bucket", { net: 0 }],
    ["ledger", { net: 0, fee: -1 }],
    ["ledger", { kind: "adjust", cause: "cor_1", conversion: null, lane: null, mature_day: null, net: -500, fee: 0 }],
    ["terms_acceptance", { version: 0 }],
    ["program_terms", { text: "" }],
    ["invitation", { email: null, withdrawn_at: 1 }],
    ["invitation", { rate_bps: 10_000, accepted_at: 1 }],
    ["tag_choice", { cookie_days: 400, attribution: "first" }],
    ["payout_policy", { schedule: "weekly", schedule_day: 7 }],
    ["payout_policy", { schedule: "monthly", schedule_day: 28 }],
    ["payout_minimum", { cents: MAX_AMOUNT }],
    ["payout_method", { kind: "stripe", payer: "operator" }],
    ["payout_method", { kind: "none", details: null }],
    ["payout_batch", OF_PERIOD],
    ["payout_batch", REQUESTED],
    ["payout_batch", { ...REQUESTED, kind: "hand" }],
    ["payout_batch", { status: "cancelled", ended_at: 1 }],
    ["payout_batch", { ...APPROVED, status: "cancelled", ended_at: 1 }],
    ["payout_batch", { ...APPROVED, status: "settled", ended_at: 1 }],
    ["payout_line", { done: 1 }],
    ["payout", { rail: "stripe", next_at: 1 }],
    ["payout", { ...PAID, rail: "stripe", returned: 2_850 }],
    ["payout_item", { amount: -1 }],
    ["fee_collection", { amount: -MAX_AMOUNT }],
    ["book_check", { of_app: null }],
    ["book_check", { done: 2, ended_at: 1 }],
    ["drop", { body: "{}", rerun_at: 1 }],
    ["webhook_endpoint", { status: "deleted", secret: null }],
    ["webhook_endpoint", { status: "disabled", disabled_reason: "gone", previous_secret: "s", previous_until: 1 }],
    ["webhook_delivery", { seq: -1, status: "failed", next_at: null, ended_at: 1, last_error: "skipped" }],
    ["webhook_delivery", { next_at: null, lease: "l", leased_until: 1 }],
    ["charge", { uncaptured: MAX_AMOUNT }],
    ["dispute", { currency: "usd" }],
    ["stripe_event", { facts: null, reason: "wrong_mode" }],
    ["stripe_event", { facts: null }],
    ["stripe_binding", { from_at: 0 }],
    ["stripe_object", UNPAID],
    ["stripe_object", { code: null, code_rank: null }],
    ["stripe_object", { base: 0, captured: MAX_AMOUNT, code_rank: 1 }],
    ["stripe_object", { base: MAX_AMOUNT, captured: MAX_AMOUNT, code_rank: 4 }],
    ["stripe_payment", { code_rank: 0, origin: null }],
    ["stripe_payment", { code_rank: 7 }],
    ["stripe_payment", { ...UNATTRIBUTED, state: "parked" }],
    ["stripe_payment", { ...UNATTRIBUTED, state: "closed" }],
  ])("%s takes what lies on the edge: %j", (table, change) => {
    expect(insert(db, table, { ...ROWS[table], ...change })).toBe(1);
  });
});

describe("each trigger", () => {
  test("of the migrations is tested above", () => {
    const names = all(db, "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name").map(
      (row) => row["name"],
    );
    expect(names).toEqual([
      "affiliate_revoked_for_good",
      "affiliate_status_told",
      "affiliate_told",
      "app_origin_of_app",
      "app_origin_of_new_app",
      "approval_no_delete",
      "approval_no_update",
      "audit_no_delete",
      "audit_no_update",
      "audit_once",
      "claim_frozen",
      "claim_no_delete",
      "claim_user_frozen",
      "click_counted",
      "code_frozen",
      "code_no_delete",
      "conversion_frozen",
      "conversion_no_delete",
      "conversion_summed",
      "conversion_summed_first",
      "conversion_user_frozen",
      "correction_frozen",
      "correction_no_delete",
      "credit_entry_counts",
      "credit_entry_frozen",
      "credit_entry_no_delete",
      "credit_entry_once",
      "credit_total_of_balance",
      "credit_total_of_entry",
      "credit_total_of_redemption",
      "credit_total_of_status",
      "event_frozen",
      "event_no_delete",
      "fee_collection_no_delete",
      "fee_collection_no_update",
      "fee_collection_summed",
      "hold_frozen",
      "hold_no_delete",
      "ledger_no_delete",
      "ledger_no_update",
      "ledger_once",
      "payout_batch_frozen",
      "payout_batch_no_delete",
      "payout_end_told",
      "payout_ended",
      "payout_frozen",
      "payout_item_no_delete",
      "payout_item_no_update",
      "payout_line_frozen",
      "payout_line_no_delete",
      "payout_method_no_delete",
      "payout_method_no_update",
      "payout_no_delete",
      "payout_return_told",
      "payout_told",
      "program_terms_no_delete",
      "program_terms_no_update",
      "rate_no_delete",
      "rate_no_update",
      "rate_once",
      "redemption_awarded_once",
      "redemption_awards",
      "redemption_frozen",
      "redemption_no_delete",
      "redemption_status_forward",
      "redemption_takes_back",
      "referral_told",
      "referral_user_frozen",
      "refund_frozen",
      "refund_no_delete",
      "refund_part_frozen",
      "refund_part_no_delete",
      "refund_user_frozen",
      "request_key_user_frozen",
      "review_rule_ended",
      "review_rule_frozen",
      "review_rule_no_delete",
      "stripe_object_frozen",
      "stripe_object_money_frozen",
      "stripe_object_no_delete",
      "terms_acceptance_no_delete",
      "terms_acceptance_no_update",
      "total_summed",
      "total_summed_first",
    ]);
  });
});

function tablesOfApps(): readonly string[] {
  return tableNames(db).filter((table) => !OF_THE_INSTALLATION.includes(table));
}

function rowsOf(table: Table): readonly Row[] {
  return all(db, `SELECT * FROM ${table}`);
}

/** Sets a column to what it is: an UPDATE trigger fires for the column named, whatever the value. */
function touch(table: Table, column: string): void {
  db.exec(`UPDATE ${table} SET ${column} = ${column}`);
}

function columns(table: Table): readonly string[] {
  return all(db, "SELECT name FROM pragma_table_info(?)", table).map((row) => String(row["name"]));
}

function integerColumns(table: Table): readonly string[] {
  const rows = all(db, "SELECT name FROM pragma_table_info(?) WHERE type = 'INTEGER'", table);
  return rows.map((row) => String(row["name"]));
}

/** The conditions of a table's CHECKs, as they stand in its own text. */
function checksOf(table: string): readonly string[] {
  const text = String(all(db, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", table)[0]?.["sql"]);
  return text
    .split(/\bCHECK \(/)
    .slice(1)
    .map(upToClosing);
}

function upToClosing(text: string): string {
  let depth = 1;
  const end = text.split("").findIndex((letter) => {
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    return depth === 0;
  });
  return text.slice(0, end);
}

/** A row that names a customer, with all that else tells of them. */
function insertNamed(table: Table, more: Row = {}): void {
  const metadata = table === "claim" ? { metadata: "{}" } : {};
  insert(db, table, { ...ROWS[table], user_id: "kim", ...metadata, ...more });
}

/** Changes that row, and no other. */
function changeRow(table: Table, set: string, verb = "UPDATE"): void {
  const row: Row = ROWS[table];
  const key = table === "request_key" ? "key" : "id";
  db.prepare(`${verb} ${table} SET ${set} WHERE app = 'shop' AND ${key} = ?`).run(String(row[key]));
}

function complete(change = ""): void {
  db.exec(`UPDATE redemption SET status = 'successful', completed_at = 2 ${change}`);
}

/** The events of one kind. */
function told(kind: string) {
  const rows = all(db, `SELECT fact, payload, created_at FROM event WHERE kind = '${kind}'`);
  return rows.map(({ fact, payload, ...row }) => ({ ...row, fact, payload: JSON.parse(String(payload)) as unknown }));
}
