import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findConversion, type OwnersConversion } from "../../store/hold-store.ts";

/** A conversion of an app as its owner sees it, with the time its status is read at. Fails with `not_found`. */
export async function readConversion(
  deps: Deps,
  appId: string,
  conversionId: string,
): Promise<Result<{ readonly conversion: OwnersConversion; readonly now: number }>> {
  const conversion = await findConversion(deps.db, appId, conversionId);
  return conversion === null ? fail("not_found", "No such conversion.") : ok({ conversion, now: deps.now() });
}
