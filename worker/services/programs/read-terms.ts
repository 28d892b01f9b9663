import type { Deps } from "../../deps.ts";
import { findTerms, type ProgramTerms } from "../../store/terms-store.ts";

/** An app's own terms as they stand: version 0 and an empty text where the owner never gave any. */
export function readTerms(deps: Deps, appId: string): Promise<ProgramTerms> {
  return findTerms(deps.db, appId);
}
