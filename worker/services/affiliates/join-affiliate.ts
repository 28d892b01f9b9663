import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Affiliate } from "../../store/affiliate-store.ts";
import type { JoinRefusal } from "../../store/join-store.ts";
import { recordJoinRefusal } from "../track/record-drop.ts";
import { type Entrant, enrolAffiliate } from "./enrol-affiliate.ts";

export type JoinDraft = Omit<Entrant, "join" | "rateBps" | "accountId"> & {
  readonly accountId: string;
  /** Where they are, as the host's backend knows it: ISO 3166-1 alpha-2. Null: nobody said. */
  readonly country: string | null;
};

/**
 * Somebody joins an app's program by themselves, once: applied where the owner approves by hand, else active. Who is known by
 * account or e-mail is answered as they are (`created` false), whatever the policy says now.
 *
 * Fails with `join_refused` where the policy does not let them in, and notes that for the app's owner, so that it can be
 * explained; with `conflict` when account and e-mail are two affiliates'; and with `code_unavailable`.
 */
export async function joinAffiliate(
  deps: Deps,
  appId: string,
  { actor, draft }: { actor: string; draft: JoinDraft },
): Promise<Result<{ readonly affiliate: Affiliate; readonly created: boolean }>> {
  const { country, ...rest } = draft;
  // A host's backend vouches for its account, not for whose the e-mail is: an invitation takes no notice.
  const join = { country, provenEmail: false, acceptance: null };
  const enrolled = await enrolAffiliate(deps, appId, { actor, entrant: { ...rest, rateBps: null, join } });
  if (!enrolled.ok) return enrolled;
  if (enrolled.value.refusal === null) return ok(enrolled.value);
  const { refusal } = enrolled.value;
  deps.afterwards(recordJoinRefusal(deps, appId, { accountId: draft.accountId, refusal }));
  const { message, path } = REFUSALS[refusal];
  return fail("join_refused", message, [{ path, message: "may not join" }]);
}

const REFUSALS: Readonly<Record<JoinRefusal, { readonly message: string; readonly path: "account_id" | "country" }>> = {
  closed: { message: "This program takes nobody at the moment.", path: "account_id" },
  account: { message: "This account is not on the program's list.", path: "account_id" },
  country: {
    message: "This program does not take anybody from this country, or nobody said which it is.",
    path: "country",
  },
};
