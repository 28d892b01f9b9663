import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { type ImportLine, type KnownAffiliate, type KnownState, openingKey } from "../../domain/import-plan.ts";
import { findAmounts, findByEmails, findOwners, findReferrals } from "../../store/import-store.ts";
import { bodyHash } from "../hashing.ts";

/** Keys that are looked up at once. */
const PAGE = 500;
/** Letters of the hash in the id of an opening balance: 128 bits, so that no two are alike. */
const HASH_LENGTH = 32;

/** What the app knows of all that the lines of a file name. */
export async function readKnown(
  deps: Pick<Deps, "db">,
  appId: string,
  lines: readonly ImportLine[],
): Promise<KnownState> {
  const { db } = deps;
  const rows = lines.map(({ row }) => row);
  const emails = distinct(rows.flatMap(({ email }) => (email === null ? [] : [email])));
  const codes = distinct(rows.flatMap((row) => ("ref" in row && row.ref !== null ? [foldCode(row.ref)] : [])));
  const users = distinct(rows.flatMap((row) => (row.type === "referral" ? [row.userId] : [])));
  const affiliates = new Map<string, KnownAffiliate>();
  for (const page of pagesOf(emails)) {
    for (const { email, ...one } of await findByEmails(db, appId, page)) affiliates.set(email, one);
  }
  const owners = new Map<string, KnownAffiliate | null>();
  for (const page of pagesOf(codes)) {
    for (const { code, affiliate } of await findOwners(db, appId, page)) owners.set(code, affiliate);
  }
  const referrals = new Map<string, { affiliateId: string; isOpen: boolean }>();
  for (const page of pagesOf(users)) {
    for (const { userId, ...one } of await findReferrals(db, appId, page)) referrals.set(userId, one);
  }
  return { affiliates, codes: owners, referrals, openings: await readOpenings(deps, appId, { lines, affiliates }) };
}

/** One affiliate has one opening balance a currency: so says its id. */
export async function openingId(appId: string, affiliateId: string, currency: string): Promise<string> {
  return `cor_${(await bodyHash(["opening", appId, affiliateId, currency])).slice(0, HASH_LENGTH)}`;
}

/** A list in parts, each of at most `size`. */
export function pagesOf<T>(items: readonly T[], size = PAGE): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

async function readOpenings(
  { db }: Pick<Deps, "db">,
  appId: string,
  { lines, affiliates }: { lines: readonly ImportLine[]; affiliates: ReadonlyMap<string, KnownAffiliate> },
): Promise<ReadonlyMap<string, number>> {
  const keys = new Map<string, string>();
  for (const { row } of lines) {
    const who = row.type === "balance" ? affiliates.get(row.email) : undefined;
    if (row.type !== "balance" || who === undefined) continue;
    keys.set(await openingId(appId, who.id, row.currency), openingKey(who.id, row.currency));
  }
  const openings = new Map<string, number>();
  for (const page of pagesOf([...keys.keys()])) {
    for (const [id, cents] of await findAmounts(db, appId, page)) openings.set(keys.get(id) ?? id, cents);
  }
  return openings;
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
