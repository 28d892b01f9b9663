import type { Deps } from "../../deps.ts";
import { listAffiliateNames } from "../../store/affiliate-name-store.ts";

/** What these affiliates of an app are called, by their ids: as they call themselves, else their e-mail, else their code. */
export async function nameAffiliates(
  deps: Deps,
  appId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const named = await listAffiliateNames(deps.db, appId, wanted);
  return new Map([...named].map(([id, { name, email, ref }]) => [id, name ?? email ?? ref]));
}
