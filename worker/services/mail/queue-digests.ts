import type { Deps } from "../../deps.ts";
import { grouped } from "../../domain/grouping.ts";
import { weekOfDigest } from "../../domain/mail-timing.ts";
import { type ActiveAffiliate, listActive } from "../../store/mail-fact-store.ts";
import { mailOfWeek } from "../../store/outbox-store.ts";
import { readSetting, writeSetting } from "../../store/setting-store.ts";

/** Affiliates looked at by one query: two searches each, some 20 ms. */
const PAGE = 1_000;
/** Pages of one run: at a run a minute, an hour for 300,000 affiliates. */
const MAX_PAGES = 5;
/** The Monday of the week that is told of, and whom the walk goes on after; the Monday alone once it is done. */
const WALK_SETTING = "mail_digest_walk";

/**
 * One run of the job that puts the week's digests into the outbox, from Monday 08:00 UTC on: for each affiliate whose codes did
 * something in the last whole week, once. It walks all affiliates, some at each run. Cut short it goes on where the last run ended.
 */
export async function queueDigests(deps: Deps): Promise<void> {
  const fromDay = weekOfDigest(deps.now());
  const [day, app = "", affiliate = ""] = ((await readSetting(deps.db, WALK_SETTING)) ?? "").split(" ");
  const isOfThisWeek = day === String(fromDay);
  if (isOfThisWeek && affiliate === "") return;
  let after: ActiveAffiliate | null = isOfThisWeek ? { appId: app, affiliateId: affiliate } : FIRST;
  for (let page = 0; page < MAX_PAGES && after !== null; page++) {
    after = await queuePage(deps, { after, fromDay });
    const place = after === null ? "" : ` ${after.appId} ${after.affiliateId}`;
    await deps.db.batch([writeSetting(WALK_SETTING, `${fromDay}${place}`)]);
  }
}

const FIRST: ActiveAffiliate = { appId: "", affiliateId: "" };

/** Whom the next page begins after. */
async function queuePage(
  deps: Deps,
  { after, fromDay }: { after: ActiveAffiliate; fromDay: number },
): Promise<ActiveAffiliate | null> {
  const { active, last } = await listActive(deps.db, { after, fromDay, limit: PAGE });
  const now = deps.now();
  for (const [appId, creators] of grouped(active, (one) => one.appId)) {
    await deps.db.batch(creators.map(({ affiliateId }) => mailOfWeek(appId, { affiliateId, fromDay, now })));
  }
  return last;
}
