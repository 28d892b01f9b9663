import { createKeyRing, type KeyRing } from "./services/programs/key-ring.ts";
import { createSaltBox, type SaltBox } from "./services/track/salt-box.ts";
import type { Config } from "./env.ts";
import type { Runtime } from "./runtime.ts";
import type { Db } from "./store/db.ts";

/** What the whole product runs on: wired once per process, or once per request at the edge. */
export interface Deps extends Runtime {
  readonly db: Db;
  readonly config: Config;
  readonly keys: KeyRing;
  readonly salts: SaltBox;
  /** One JSON line. Never an e-mail, key, token, raw IP or body. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

export function createDeps(parts: { db: Db; config: Config; runtime: Runtime; log: Deps["log"] }): Deps {
  const { db, config, runtime, log } = parts;
  return {
    ...runtime,
    db,
    config,
    log,
    keys: createKeyRing({ db, now: runtime.now }),
    salts: createSaltBox({ db, ...runtime }),
  };
}
