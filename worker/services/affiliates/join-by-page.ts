import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Affiliate } from "../../store/affiliate-store.ts";
import type { App } from "../../store/app-store.ts";
import type { JoinRefusal } from "../../store/join-store.ts";
import { insertAcceptance } from "../../store/terms-store.ts";
import { readOffer } from "../programs/read-offer.ts";
import { recordJoinRefusal } from "../track/record-drop.ts";
import { enrolAffiliate } from "./enrol-affiliate.ts";

export interface PageJoin {
  /** Of whom a code has shown that it is theirs. */
  readonly email: string;
  readonly name: string | null;
  /** The code they wish for; null draws one. */
  readonly ref: string | null;
  /** Where they are, as the front door sees it; null where it does not know. */
  readonly country: string | null;
  /** The offer that was shown to them (`Offer.seen`): they accepted that one. */
  readonly seen: string;
}

/** They are with the program (`created`: by this call), or why they are not. */
export type Joined =
  | { readonly outcome: "joined"; readonly affiliate: Affiliate; readonly created: boolean }
  | { readonly outcome: "refused"; readonly refusal: JoinRefusal }
  /** The program has changed since it was shown: they are to look again. Nothing was written. */
  | { readonly outcome: "changed" };

/**
 * Somebody joins an app's program on its page, having proven their e-mail and accepted what was shown: once, however often it is
 * sent. An open invitation for that e-mail comes before the program's policy and approval, and brings its rate. The acceptance is
 * written with the affiliate; who is one already accepts for themselves as they are. A refusal is noted for the app's owner.
 *
 * Fails with `code_unavailable` for a code ever issued, and with `conflict`.
 */
export async function joinByPage(
  deps: Deps,
  app: App,
  { actor, join }: { actor: string; join: PageJoin },
): Promise<Result<Joined>> {
  const { email, name, ref, country, seen } = join;
  const offer = await readOffer(deps, app, email);
  if (offer.seen !== seen) return ok({ outcome: "changed" });
  const { acceptance } = offer;
  const entrant = {
    email,
    name,
    ref,
    accountId: null,
    rateBps: null,
    join: { country, provenEmail: true, acceptance },
  };
  const enrolled = await enrolAffiliate(deps, app.id, { actor, entrant });
  if (!enrolled.ok) return enrolled;
  if (enrolled.value.refusal !== null) {
    const { refusal } = enrolled.value;
    // Not who it was: an e-mail is in no refused call.
    deps.afterwards(recordJoinRefusal(deps, app.id, { accountId: null, refusal }));
    return ok({ outcome: "refused", refusal });
  }
  const { affiliate, created } = enrolled.value;
  const isToAccept = !created && affiliate.status !== "revoked";
  if (isToAccept) await deps.db.batch([insertAcceptance(app.id, affiliate.id, { ...acceptance, now: deps.now() })]);
  return ok({ outcome: "joined", affiliate, created });
}
