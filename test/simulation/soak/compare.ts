import { createHmac } from "node:crypto";
import { checkBooks } from "../../../worker/store/check-books.ts";
import type { Db } from "../../../worker/store/db.ts";
import { openEmbeddedDb } from "../../../worker/store/embedded-db.ts";
import type { Fact, Shoppers, Visitor } from "./shoppers.ts";

/** What was answered 2xx beside what is in the database. */
export interface FactReport {
  readonly answered: number;
  /** Answered, and not there. */
  readonly lost: number;
  /** There more than once. */
  readonly double: number;
  /** There, and nobody sent it. */
  readonly strange: number;
}

export interface Comparison {
  readonly facts: Readonly<Record<"click" | "signup" | "conversion" | "refund", FactReport>>;
  readonly books: readonly string[];
}

/** Each fact under the name that its sender gave it. A conversion's customer has no other one. */
const FACTS = {
  signup: "SELECT app, user_id AS name FROM referral WHERE user_id LIKE 's%'",
  conversion: "SELECT app, user_id AS name FROM conversion",
  refund: "SELECT app, conversion AS name FROM refund",
} as const;

/** Reads the file of a database that nobody else has open any more. */
export async function compareWith(file: string, shoppers: Shoppers): Promise<Comparison> {
  const db = openEmbeddedDb({ file });
  try {
    const { signups, sales, refunds, visitors } = shoppers;
    const of = async (kind: keyof typeof FACTS, sent: readonly Fact[]) =>
      reportOf(sent, await db.query({ sql: FACTS[kind], args: [] }));
    return {
      facts: {
        click: await clicksOf(db, visitors),
        signup: await of("signup", signups),
        conversion: await of("conversion", sales),
        refund: await of("refund", refunds),
      },
      books: [...new Set((await checkBooks(db)).map(({ check }) => check))],
    };
  } finally {
    await db.close();
  }
}

type Found = readonly Readonly<Record<string, unknown>>[];

function reportOf(sent: readonly Fact[], found: Found): FactReport {
  const times = new Map<string, number>();
  for (const row of found) {
    const name = `${String(row["app"])} ${String(row["name"])}`;
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  const report = { answered: 0, lost: 0, double: 0, strange: 0 };
  for (const { program, name, answered } of sent) {
    const there = times.get(`${program.appId} ${name}`) ?? 0;
    if (answered) report.answered += 1;
    if (answered && there === 0) report.lost += 1;
    if (there > 1) report.double += 1;
    times.delete(`${program.appId} ${name}`);
  }
  return { ...report, strange: times.size };
}

/** A visitor counts once an hour: each of theirs is there in an hour in which they came, and the counters have as many. */
async function clicksOf(db: Db, visitors: readonly Visitor[]): Promise<FactReport> {
  const salts = new Map((await db.query({ sql: "SELECT day, salt FROM visitor_salt", args: [] })).map(saltOf));
  const report = { answered: 0, lost: 0, double: 0, strange: 0 };
  for (const [ref, ofCode] of byCode(visitors)) {
    const sql = "SELECT hour, visitor, counted FROM click WHERE app = ?1 AND code = ?2";
    const rows = await db.query({ sql, args: [ofCode[0]?.program.appId ?? "", ref] });
    const left = new Set(rows.map(({ hour, visitor }) => `${String(hour)} ${String(visitor)}`));
    if (rows.some(({ counted }) => Number(counted) !== 1)) report.lost += 1;
    for (const visitor of ofCode) {
      const there = hoursOf(visitor).filter((hour) => left.delete(`${hour} ${hashOf(visitor, { hour, salts })}`));
      if (visitor.answered > 0) report.answered += 1;
      if (visitor.answered > 0 && there.length === 0) report.lost += 1;
    }
    report.strange += left.size;
    const [sum] = await db.query({ sql: "SELECT sum(clicks) AS n FROM code_day WHERE code = ?1", args: [ref] });
    report.double += Math.abs(Number(sum?.["n"] ?? 0) - rows.length);
  }
  return report;
}

const HOURS_PER_DAY = 24;

/** Every hour in which one of their clicks was on its way. */
function hoursOf({ sentAt, answeredUntil }: Visitor): readonly number[] {
  const [first, last] = [Math.min(...sentAt), Math.max(...sentAt, answeredUntil)];
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

function hashOf({ identity }: Visitor, of: { hour: number; salts: ReadonlyMap<number, string> }): string {
  const salt = of.salts.get(Math.floor(of.hour / HOURS_PER_DAY)) ?? "";
  return createHmac("sha256", salt).update(identity).digest("hex");
}

function saltOf(row: Found[number]): readonly [number, string] {
  return [Number(row["day"]), String(row["salt"])];
}

function byCode(visitors: readonly Visitor[]): ReadonlyMap<string, Visitor[]> {
  const codes = new Map<string, Visitor[]>();
  for (const visitor of visitors) {
    const known = codes.get(visitor.ref);
    if (known === undefined) codes.set(visitor.ref, [visitor]);
    else known.push(visitor);
  }
  return codes;
}
