import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type ExplainedCode, findCodes, listCodes } from "../../store/explain-code-store.ts";
import type { AffiliateOfApp } from "./read-affiliates.ts";

/** Codes that are listed: the newest. */
const MAX_CODES = 100;

/** An affiliate's codes, the newest first, whatever became of them. */
export async function readCodes(deps: Deps, { app, affiliate }: AffiliateOfApp): Promise<readonly ExplainedCode[]> {
  return listCodes(deps.db, app.id, { affiliateId: affiliate.id, limit: MAX_CODES });
}

/** Whose a code of the app is. Fails with `unknown_ref`: also for another app's, and for one that earns credits only. */
export async function findAffiliateOfCode(deps: Deps, appId: string, ref: string): Promise<Result<string>> {
  const [code] = isCode(ref) ? await findCodes(deps.db, appId, [foldCode(ref)]) : [];
  const owner = code?.affiliate?.id;
  return owner === undefined ? fail("unknown_ref", "No creator of this app has this code.") : ok(owner);
}
