import type { Deps } from "../../deps.ts";
import { isNewlyQuiet } from "../../domain/mail-timing.ts";
import { dayOf } from "../../domain/maturation.ts";
import { DbError } from "../../store/db.ts";
import { listLastEvents } from "../../store/mail-fact-store.ts";
import { mailOfSilence } from "../../store/outbox-store.ts";
import { readSetting, writeSetting } from "../../store/setting-store.ts";

/** Apps that one run looks at, a search each: at a run a minute, all of 140,000 in a day. */
const PAGE = 100;
/** The UTC day a walk began on and the app it goes on after; the day alone once the walk is done. */
const WALK_SETTING = "mail_quiet_walk";

/**
 * One run of the job that tells owners that their app has fallen silent: seven whole days without a click, signup or payment after
 * there were some. Once for each silence. It walks all apps, some at each run, and begins one walk a UTC day.
 */
export async function tellQuietApps(deps: Deps): Promise<void> {
  const today = dayOf(deps.now());
  const [day, place] = ((await readSetting(deps.db, WALK_SETTING)) ?? "").split(" ");
  const isOfToday = day === String(today);
  if (isOfToday && place === undefined) return;
  const apps = await listLastEvents(deps.db, { after: isOfToday ? (place ?? "") : "", limit: PAGE });
  for (const { appId, lastDay } of apps) {
    if (lastDay === null || !isNewlyQuiet(lastDay, today)) continue;
    await tell(deps, appId, lastDay);
  }
  const last = apps.length < PAGE ? undefined : apps.at(-1);
  await deps.db.batch([writeSetting(WALK_SETTING, last === undefined ? String(today) : `${today} ${last.appId}`)]);
}

/** An app that cannot be told keeps no other: it is told tomorrow. Throws only where the database is away. */
async function tell(deps: Deps, appId: string, lastDay: number): Promise<void> {
  try {
    await deps.db.batch([mailOfSilence(appId, { lastDay, now: deps.now() })]);
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    deps.log({ level: "error", work: "mail", app: appId, error: String(error) });
  }
}
