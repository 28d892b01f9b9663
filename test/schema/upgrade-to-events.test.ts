import { readdirSync, readFileSync } from "node:fs";
import Database from "libsql";
import { expect, test } from "vitest";
import { insert, type RawDatabase, ROWS, SHOP } from "../support/rows.ts";

const FOLDER = new URL("../../schema/migrations/", import.meta.url);
const FILES = readdirSync(FOLDER).toSorted();
const FIRST = FILES.findIndex((name) => name.startsWith("0016"));

/** Long ago, and far ahead. */
const [MATURED, AHEAD] = [1, 90_000];

test("what had matured before events were told is told no more, but what was held then is once it is released", () => {
  const db = databaseBeforeEvents();
  addConversion(db, "clear", { mature_day: MATURED });
  addConversion(db, "held", { mature_day: MATURED, due_lane: "held", posted_lane: "held" });
  addConversion(db, "ahead", { mature_day: AHEAD });
  addConversion(db, "refunded", { mature_day: MATURED, refunded: 100 });
  apply(db, FILES.slice(FIRST));
  expect(db.prepare("SELECT id, confirmed_told, refunded_told FROM conversion ORDER BY id").raw().all()).toEqual([
    ["ahead", 0, 0],
    ["clear", 1, 0],
    ["held", 0, 0],
    ["refunded", 1, 100],
  ]);
  expect(db.prepare("SELECT * FROM event").all()).toEqual([]);
});

test("an older program that suspends an affiliate between the migration and its successor's start can", () => {
  const db = databaseBeforeEvents();
  apply(db, FILES.slice(FIRST));
  db.exec(`UPDATE affiliate SET status = 'suspended' WHERE id = '${SHOP.affiliate}'`);
  const [told] = db.prepare("SELECT kind, created_at > 1700000000000 AS has_time FROM event").raw().all([]);
  expect(told).toEqual(["affiliate.status_changed", 1]);
});

/** The database of the version before, with an app and its affiliate. */
function databaseBeforeEvents(): RawDatabase {
  const db = new Database(":memory:");
  apply(db, FILES.slice(0, FIRST));
  const { app, affiliate } = SHOP;
  insert(db, "app", { ...ROWS.app, id: app });
  insert(db, "affiliate", { ...ROWS.affiliate, app, id: affiliate });
  return db;
}

function apply(db: RawDatabase, files: readonly string[]): void {
  const texts = files.map((file) => readFileSync(new URL(file, FOLDER), "utf8"));
  for (const statement of texts.flatMap((text) => text.split("--> statement-breakpoint"))) db.exec(statement);
}

function addConversion(db: RawDatabase, id: string, columns: Readonly<Record<string, string | number>>): void {
  const { app, affiliate } = SHOP;
  insert(db, "payment", { app, id, created_at: 1 });
  insert(db, "claim", { ...ROWS.claim, id, source_ref: id, payment: id, affiliate });
  const own = { id, payment: id, claim: id, attribution_claim: id, affiliate };
  insert(db, "conversion", { ...ROWS.conversion, ...own, posted_net: 100, due_net: 100, dirty: 0, rev: 1, ...columns });
}
