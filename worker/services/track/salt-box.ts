import { forgetSalts, readSalt, writeSalt } from "../../store/click-store.ts";
import type { Db } from "../../store/db.ts";
import { type Hmac, hmacUnder } from "../hashing.ts";

/** Names the visitors of a UTC day under that day's random salt. Without the salt nobody is recognised. */
export interface SaltBox {
  readonly visitorsOf: (day: number) => Promise<Hmac>;
  /** Forgets the salts whose time is over, in the database and in this process. At the edge an idle one ends by itself. */
  readonly forget: (today: number) => Promise<void>;
}

/** UTC days a salt lives from the start of its own: the second one serves whoever's clock is behind at midnight. */
export const SALT_DAYS = 2;

/** 256 bits, as hex. */
const SALT_BYTES = 32;

export function createSaltBox({ db, randomBytes }: { db: Db; randomBytes: (length: number) => Uint8Array }): SaltBox {
  let current: { readonly day: number; readonly visitors: Hmac } | null = null;
  return {
    async visitorsOf(day) {
      if (current?.day === day) return current.visitors;
      const fresh = [...randomBytes(SALT_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const results = await db.batch([forgetSalts(day - SALT_DAYS), ...writeSalt(day, fresh)]);
      const visitors = await hmacUnder(readSalt(results));
      current = { day, visitors };
      return visitors;
    },
    async forget(today) {
      if (current !== null && current.day <= today - SALT_DAYS) current = null;
      await db.batch([forgetSalts(today - SALT_DAYS)]);
    },
  };
}
