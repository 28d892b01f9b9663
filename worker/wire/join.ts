import * as v from "valibot";
import { MAX_COUNTRIES } from "../domain/country.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { JoinDraft } from "../services/affiliates/join-affiliate.ts";
import type { JoinPolicyChange } from "../services/affiliates/manage-joining.ts";
import type { JoinAccount, JoinPolicy } from "../store/join-store.ts";
import type { JsonObject } from "./body.ts";
import { check, countryCode, email, externalId, nameInPath, optional, text, vanityRef } from "./fields.ts";
import { parsePage } from "./page.ts";
import { iso } from "./time.ts";

/** Where somebody is. Networks give codes that are no country too, such as XX and T1: they are on no list. */
const country = v.pipe(
  v.string("must be a string"),
  v.regex(/^[a-z][a-z0-9]$/i, "must be two characters, as in ISO 3166-1 alpha-2"),
  v.toUpperCase(),
);

export const JoinSchema = v.object({
  account_id: externalId,
  email: optional(email),
  name: optional(text),
  ref: optional(vanityRef),
  country: optional(country),
});

export const JoinPolicySchema = v.object({
  accounts: optional(v.picklist(["all", "listed", "none"], "must be all, listed or none")),
  countries: optional(
    v.pipe(
      v.array(countryCode, "must be a list of countries"),
      v.maxLength(MAX_COUNTRIES, `must not be more than ${MAX_COUNTRIES}`),
      v.transform((countries) => [...new Set(countries)].toSorted()),
    ),
  ),
});

const AccountSchema = v.object({ account_id: nameInPath });

export function parseJoin(body: JsonObject): Result<JoinDraft> {
  const parsed = check(JoinSchema, body);
  if (!parsed.ok) return parsed;
  const { account_id: accountId, ...rest } = parsed.value;
  return ok({ ...rest, accountId });
}

export function parseJoinPolicy(body: JsonObject): Result<JoinPolicyChange> {
  return check(JoinPolicySchema, body);
}

/** The account that a path names. */
export function parseJoinAccount(param: string): Result<string> {
  const parsed = check(AccountSchema, { account_id: param });
  return parsed.ok ? ok(parsed.value.account_id) : parsed;
}

/** A page of accounts: they are in the order of their names, so the cursor is a name, written so that a URL carries it. */
export function parseAccountPage(query: Record<string, string>): Result<{ limit: number; after: string | null }> {
  const { cursor, ...rest } = query;
  const page = parsePage(rest);
  if (!page.ok) return page;
  const { limit } = page.value;
  if (cursor === undefined) return ok({ limit, after: null });
  const after = nameOf(cursor);
  if (after !== null) return ok({ limit, after });
  return fail("invalid_request", "The request is not valid.", [{ path: "cursor", message: "is not valid" }]);
}

/** A page of accounts and the cursor of the next: `rows` holds one more than `limit` when there is a next page. */
export function presentAccounts(rows: readonly JoinAccount[], limit: number) {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    accounts: items.map(({ accountId, createdAt }) => ({ account_id: accountId, created_at: iso(createdAt) })),
    next_cursor: last === undefined ? null : cursorOf(last.accountId),
  };
}

export function presentJoinPolicy({ accounts, countries, changedAt }: JoinPolicy) {
  return { accounts, countries, changed_at: changedAt === null ? null : iso(changedAt) };
}

function cursorOf(name: string): string {
  return [...new TextEncoder().encode(name)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The name of a cursor, or null when it is none of ours. */
function nameOf(cursor: string): string | null {
  if (!/^(?:[0-9a-f]{2}){1,1024}$/.test(cursor)) return null;
  const bytes = Uint8Array.from({ length: cursor.length / 2 }, (_, at) =>
    Number.parseInt(cursor.slice(2 * at, 2 * at + 2), 16),
  );
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // No account has one, and a database cannot bind a NUL.
    return /\p{Cc}/u.test(name) ? null : name;
  } catch {
    return null;
  }
}
