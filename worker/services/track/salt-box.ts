import { readSalt, writeSalt } from "../../store/click-store.ts";
import type { Db } from "../../store/db.ts";

/** The random salt of a UTC day, under which a day's visitors are told apart and after which nobody can be recognised. */
export interface SaltBox {
  readonly saltOf: (day: number) => Promise<string>;
}

/** 256 bits, as hex. */
const SALT_BYTES = 32;

export function createSaltBox({ db, randomBytes }: { db: Db; randomBytes: (length: number) => Uint8Array }): SaltBox {
  let current: { readonly day: number; readonly salt: string } | null = null;
  return {
    async saltOf(day) {
      if (current?.day === day) return current.salt;
      const fresh = [...randomBytes(SALT_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const salt = readSalt(await db.batch(writeSalt(day, fresh)));
      current = { day, salt };
      return salt;
    },
  };
}
