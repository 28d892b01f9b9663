import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { type CodeOfClicks, deleteOldClicks, listCodesOfClicks, readIsLeft } from "../../store/click-store.ts";
import { readSetting, writeSetting } from "../../store/setting-store.ts";

/** UTC days a click's row is kept after its own: an owner looks back at referrers and countries that far. Counters stay. */
export const CLICK_DAYS = 90;
/** Codes one run looks at, some 2 ms: at a run a minute, a walk over 1.4 million codes without old clicks takes a day. */
export const CODES_PER_RUN = 1_000;
/** Codes one run deletes of, 28,800 a day: a batch each, and a Worker's run may make 50 calls. */
export const DELETES_PER_RUN = 20;
/** Clicks deleted in one batch: about 7 ms, in which other writers wait. */
export const CLICKS_PER_DELETE = 5_000;

const HOURS_PER_DAY = 24;
/** The UTC day a walk began on and the code it goes on after, which holds no blank; the day alone once the walk is done. */
const WALK_SETTING = "forget_clicks_walk";

/**
 * One run of the job that deletes clicks older than `CLICK_DAYS`: it walks all codes, some at each run, and begins at most
 * one walk a UTC day. There is no index by hour, which every click would pay for. Cut short it goes on where the last run
 * ended; two runs at once delete the same rows.
 */
export async function forgetClicks(deps: Deps): Promise<void> {
  const today = dayOf(deps.now());
  const [day = "", place] = ((await readSetting(deps.db, WALK_SETTING)) ?? "").split(" ");
  if (place === undefined && day === String(today)) return;
  const walk = place === undefined ? { day: String(today), after: "" } : { day, after: place };
  const beforeHour = (today - CLICK_DAYS) * HOURS_PER_DAY;
  const codes = await listCodesOfClicks(deps.db, { after: walk.after, beforeHour, limit: CODES_PER_RUN });
  const cleared = await clear(deps, { codes, beforeHour });
  const after = codes[cleared - 1]?.code ?? walk.after;
  const isDone = cleared < CODES_PER_RUN && cleared === codes.length;
  await deps.db.batch([writeSetting(WALK_SETTING, isDone ? walk.day : `${walk.day} ${after}`)]);
}

/** How many of the codes, from the first on, have no old clicks any more. */
async function clear(
  deps: Deps,
  { codes, beforeHour }: { codes: readonly CodeOfClicks[]; beforeHour: number },
): Promise<number> {
  let deletes = 0;
  for (const [index, { appId, code, hasOld }] of codes.entries()) {
    if (!hasOld) continue;
    if (deletes === DELETES_PER_RUN) return index;
    deletes += 1;
    const results = await deps.db.batch(deleteOldClicks(appId, { code, beforeHour, limit: CLICKS_PER_DELETE }));
    if (readIsLeft(results)) return index;
  }
  return codes.length;
}
