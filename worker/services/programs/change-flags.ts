import type { Deps } from "../../deps.ts";
import { type FlagChange, writeInstallationFlags } from "../../store/flag-store.ts";
import { readPlatformFlags } from "./read-flags.ts";

/** Sets flags of the installation (null: back to the environment's) and answers how they stand then. Apps that say something go on. */
export async function changeFlags(
  deps: Deps,
  actor: string,
  set: FlagChange,
): Promise<Awaited<ReturnType<typeof readPlatformFlags>>> {
  await deps.db.batch(writeInstallationFlags({ id: deps.newId("aud"), at: deps.now(), actor, set }));
  return readPlatformFlags(deps);
}
