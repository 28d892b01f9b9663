import type { Db } from "../../store/db.ts";
import { readSetting, writeSetting } from "../../store/setting-store.ts";

/** The clock of dev: real time plus an offset kept in the database. It never goes back, for money would un-mature. */
export interface MovableClock {
  readonly now: () => number;
  /** Moves the clock on and answers the new time, epoch milliseconds. */
  readonly advance: (millis: number) => Promise<number>;
}

const OFFSET_SETTING = "clock_offset_ms";

/** The movable clock over `realNow`, where it was left the last time. */
export async function openMovableClock(db: Db, realNow: () => number): Promise<MovableClock> {
  let offset = Number((await readSetting(db, OFFSET_SETTING)) ?? "0");
  return {
    now: () => realNow() + offset,
    async advance(millis) {
      const next = offset + millis;
      await db.batch([writeSetting(OFFSET_SETTING, String(next))]);
      offset = Math.max(offset, next);
      return realNow() + offset;
    },
  };
}
