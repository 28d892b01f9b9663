import type { Deps } from "../../deps.ts";
import { findTagChoice, type TagChoice } from "../../store/tag-store.ts";

/** What an app's owner chose for the script tag: 60 days and the last click unless they said so. */
export function readTagChoice(deps: Deps, appId: string): Promise<TagChoice> {
  return findTagChoice(deps.db, appId);
}
