import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Correction, findCorrection, listCorrections } from "../../store/correction-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import type { AffiliateOfApp } from "../affiliates/read-affiliates.ts";

/** What was corrected of an affiliate's balance, newest first, at most `limit` after a cursor. */
export async function readCorrections(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly Correction[]> {
  return listCorrections(deps.db, app.id, { affiliateId: affiliate.id, before: after ?? END_OF_TIME, limit });
}

/** A correction of one affiliate. Fails with `not_found`: also for another affiliate's. */
export async function readCorrection(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  correctionId: string,
): Promise<Result<Correction>> {
  const correction = await findCorrection(deps.db, app.id, correctionId);
  return correction?.affiliateId === affiliate.id ? ok(correction) : fail("not_found", "No such correction.");
}
