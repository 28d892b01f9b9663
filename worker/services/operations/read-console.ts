import type { Deps } from "../../deps.ts";
import { ATTENTION_MS } from "../../domain/webhook-attention.ts";
import { type App } from "../../store/app-store.ts";
import {
  type AffiliatesFilter,
  type AnyAffiliate,
  listAllAffiliates,
  searchAffiliates,
} from "../../store/all-affiliates-store.ts";
import {
  type Attention,
  countAffiliates,
  readAttention,
  searchApps,
  type Sums,
  sumAllApps,
  sumApps,
} from "../../store/console-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import { listNewestApps } from "../../store/owner-store.ts";

/** What a count goes up to: where there are as many there may be more. */
export const MAX_COUNTED = 1_000;
/** How long a payout that failed, and a mail that did not arrive, are shown. */
const SHOWN_DAYS = 30;
/** How long after its time what Stripe told may wait: the job comes every minute. */
const LATE_MS = 15 * 60_000;
/** How many of each kind of match a search looks at. */
const MATCHES = 200;

/** How the installation stands: sums, one row a currency, and what waits for somebody. */
export async function readInstallation(
  deps: Deps,
): Promise<{ readonly sums: readonly Sums[]; readonly attention: Attention }> {
  const now = deps.now();
  const span = { now, days: SHOWN_DAYS, dueBefore: now - LATE_MS, failingBefore: now - ATTENTION_MS };
  const asked = { ...span, limit: MAX_COUNTED };
  const [sums, attention] = await Promise.all([sumAllApps(deps.db), readAttention(deps.db, asked)]);
  return { sums, attention };
}

/** Affiliates of all apps, the newest first, at most `limit` after a cursor. */
export async function readAllAffiliates(
  deps: Deps,
  filter: AffiliatesFilter,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly AnyAffiliate[]> {
  return listAllAffiliates(deps.db, filter, { before: after ?? END_OF_TIME, limit, now: deps.now() });
}

/** Those whom somebody means by a code, an id, an account, or the beginning of an e-mail or a name; at most `limit`. */
export async function findAnyAffiliates(
  deps: Deps,
  filter: AffiliatesFilter,
  { text, limit }: { text: string; limit: number },
): Promise<readonly AnyAffiliate[]> {
  return searchAffiliates(deps.db, filter, { text, ofEach: MATCHES, limit, now: deps.now() });
}

/** An app as the console lists it. */
export interface AppLine {
  readonly app: App;
  readonly sums: readonly Sums[];
  /** Up to `MAX_COUNTED`. */
  readonly affiliates: number;
}

/** Apps, the newest first, at most `limit` after a cursor: of all, or those that `text` names. */
export async function readAppLines(
  deps: Deps,
  { text, after, limit }: { text: string; after: Cursor | null; limit: number },
): Promise<readonly AppLine[]> {
  const page = { before: after ?? END_OF_TIME, limit, now: deps.now() };
  return withSums(deps, text === "" ? await listNewestApps(deps.db, page) : await searchApps(deps.db, text, page));
}

/** One app as the console shows it. */
export async function readAppLine(deps: Deps, app: App): Promise<AppLine> {
  const [line = { app, sums: [], affiliates: 0 }] = await withSums(deps, [app]);
  return line;
}

async function withSums(deps: Deps, apps: readonly App[]): Promise<readonly AppLine[]> {
  const ids = apps.map(({ id }) => id);
  const [sums, affiliates] = await Promise.all([sumApps(deps.db, ids), countAffiliates(deps.db, ids, MAX_COUNTED)]);
  return apps.map((app) => ({ app, sums: sums.get(app.id) ?? [], affiliates: affiliates.get(app.id) ?? 0 }));
}
