import type { Deps } from "../../deps.ts";
import { foldEmail } from "../../domain/email.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { mailOfInvitation } from "../../store/outbox-store.ts";
import { askInvited, type Invitation, readInvited, writeInvitation } from "../../store/invitation-store.ts";
import { invitationMailKey } from "./invitation-mail.ts";

export interface InvitationDraft {
  readonly email: string;
  readonly name: string | null;
  /** Null: the app's rate. */
  readonly rateBps: number | null;
}

/** Invitations of an app within 24 hours: each is a mail to somebody who did not ask for it. */
const MAX_INVITATIONS_A_DAY = 200;
const DAY_S = 86_400;

/**
 * Invites somebody by e-mail: who proves that the address is theirs joins past the program's policy, at the invitation's rate.
 * It is mailed to them, once, and not within 7 days of another that was taken back. Invited again, name and rate are changed (`created` false). Fails with `conflict` for who is an affiliate already, and with
 * `rate_limited` beyond 200 a day.
 */
export async function inviteAffiliate(
  deps: Deps,
  appId: string,
  { actor, draft }: { actor: string; draft: InvitationDraft },
): Promise<Result<{ readonly invitation: Invitation; readonly created: boolean }>> {
  const now = deps.now();
  const id = deps.newId("inv");
  const email = foldEmail(draft.email);
  const { name, rateBps } = draft;
  const invited = readInvited(
    await deps.db.batch([
      writeInvitation(appId, {
        invitation: { id, email, name, rateBps, actor, now },
        since: now - DAY_S * 1_000,
        max: MAX_INVITATIONS_A_DAY,
      }),
      // Whom it is for the line does not say: the log is for good, and an invitation can be taken back.
      insertAuditOfChange(appId, {
        id: deps.newId("aud"),
        actor,
        action: "affiliate.invited",
        object: appId,
        after: { rateBps },
        now,
      }),
      mailOfInvitation(appId, { email, key: await invitationMailKey(deps, appId, email), now }),
      askInvited(appId, email),
    ]),
  );
  if (invited.outcome === "invited") return ok({ ...invited, created: invited.invitation.id === id });
  if (invited.outcome === "affiliate") return fail("conflict", "This e-mail is an affiliate's already.");
  const message = `No more than ${MAX_INVITATIONS_A_DAY} invitations are sent a day.`;
  return { ok: false, failure: { code: "rate_limited", message, retryAfterS: DAY_S } };
}
