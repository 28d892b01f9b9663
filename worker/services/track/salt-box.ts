import { readSalt, writeSalt } from "../../store/click-store.ts";
import type { Db } from "../../store/db.ts";
import { type Hmac, hmacUnder } from "../hashing.ts";

/** Names the visitors of a UTC day under that day's random salt. Without the salt, gone after two days, nobody is recognised. */
export interface SaltBox {
  readonly visitorsOf: (day: number) => Promise<Hmac>;
}

/** 256 bits, as hex. */
const SALT_BYTES = 32;

export function createSaltBox({ db, randomBytes }: { db: Db; randomBytes: (length: number) => Uint8Array }): SaltBox {
  let current: { readonly day: number; readonly visitors: Hmac } | null = null;
  return {
    async visitorsOf(day) {
      if (current?.day === day) return current.visitors;
      const fresh = [...randomBytes(SALT_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const visitors = await hmacUnder(readSalt(await db.batch(writeSalt(day, fresh))));
      current = { day, visitors };
      return visitors;
    },
  };
}
