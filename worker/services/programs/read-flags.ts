import type { Deps } from "../../deps.ts";
import { type Flag, type Flags, resolveFlags } from "../../domain/flags.ts";
import type { App } from "../../store/app-store.ts";
import { type FlagLine, readInstallationFlags } from "../../store/flag-store.ts";

/** The flags as they stand for an app: its own word, else the installation's, else what the environment begins with. */
export function readFlags(deps: Pick<Deps, "config">, app: Pick<App, "flags">): Flags {
  return resolveFlags(app.flags, deps.config.flags);
}

/** The flags of the installation, as they stand for an app that says nothing, with its last changes, newest first. */
export async function readPlatformFlags(deps: Deps): Promise<{
  readonly flags: Flags;
  /** What the installation says itself, null where it leaves a flag to the environment. */
  readonly own: Readonly<Record<Flag, boolean | null>>;
  readonly lines: readonly FlagLine[];
}> {
  const { stored, lines } = await readInstallationFlags(deps.db);
  const own = {
    platformReferrals: stored.platformReferrals.installation,
    settingsAffiliates: stored.settingsAffiliates.installation,
  };
  return { flags: resolveFlags(stored, deps.config.flags), own, lines };
}

/** Whether the console of operators, and the API for what it shows of all apps, is there. */
export async function isConsoleOn(deps: Deps): Promise<boolean> {
  return (await readPlatformFlags(deps)).flags.settingsAffiliates.enabled;
}

/** Whether the promoters' side is open where an app says nothing. */
export async function isPortalOn(deps: Deps): Promise<boolean> {
  return (await readPlatformFlags(deps)).flags.platformReferrals.enabled;
}
