import type { Deps } from "../../deps.ts";
import { insertAudit, insertAuditOfChange } from "../../store/audit-log.ts";
import {
  deleteJoinAccount,
  findJoinPolicy,
  insertJoinAccount,
  type JoinAccount,
  type JoinPolicy,
  listJoinAccounts,
  writeJoinPolicy,
} from "../../store/join-store.ts";

/** Who may join an app's program by themselves. */
export async function readJoinPolicy(deps: Deps, appId: string): Promise<JoinPolicy> {
  return findJoinPolicy(deps.db, appId);
}

/** What to change of it; null stays. */
export interface JoinPolicyChange {
  readonly accounts: JoinPolicy["accounts"] | null;
  readonly countries: readonly string[] | null;
}

/** Changes who may join from now on, and answers the policy as it stands then. Who is an affiliate stays one. */
export async function changeJoinPolicy(
  deps: Deps,
  appId: string,
  { actor, change }: { actor: string; change: JoinPolicyChange },
): Promise<JoinPolicy> {
  const { accounts, countries } = await findJoinPolicy(deps.db, appId);
  const now = deps.now();
  const entry = { id: deps.newId("aud"), actor, action: "join.changed", object: appId, now };
  await deps.db.batch([
    writeJoinPolicy(appId, { ...change, now }),
    insertAudit(appId, { ...entry, before: { accounts, countries }, after: change }),
  ]);
  return findJoinPolicy(deps.db, appId);
}

/** The accounts on an app's list, in their order, at most `limit` after one. */
export async function readJoinAccounts(
  deps: Deps,
  appId: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<readonly JoinAccount[]> {
  return listJoinAccounts(deps.db, appId, { after: after ?? "", limit });
}

/** Puts an account on the list. A repeat changes nothing. */
export async function addJoinAccount(
  deps: Deps,
  appId: string,
  { actor, accountId }: { actor: string; accountId: string },
): Promise<void> {
  const entry = entryOf(deps, appId, { actor, action: "join.account_added" });
  await deps.db.batch([insertJoinAccount(appId, { accountId, now: entry.now }), insertAuditOfChange(appId, entry)]);
}

/** Takes an account off the list; an affiliate who joined by it stays. A repeat changes nothing. */
export async function removeJoinAccount(
  deps: Deps,
  appId: string,
  { actor, accountId }: { actor: string; accountId: string },
): Promise<void> {
  const entry = entryOf(deps, appId, { actor, action: "join.account_removed" });
  await deps.db.batch([deleteJoinAccount(appId, accountId), insertAuditOfChange(appId, entry)]);
}

/** Which account it was the line does not say: the log is for good, and an account may be a customer who is erased. */
function entryOf(deps: Deps, appId: string, { actor, action }: { actor: string; action: string }) {
  return { id: deps.newId("aud"), actor, action, object: appId, now: deps.now() };
}
