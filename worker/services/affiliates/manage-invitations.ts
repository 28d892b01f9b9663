import type { Deps } from "../../deps.ts";
import { foldEmail } from "../../domain/email.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import {
  askInvitation,
  findInvitedEmail,
  findOpenInvitation,
  type Invitation,
  listInvitations,
  withdrawInvitation as withdraw,
} from "../../store/invitation-store.ts";
import { endMailOfInvitation } from "../../store/outbox-store.ts";
import { invitationMailKey } from "./invitation-mail.ts";

/** An app's invitations, open and accepted, newest first, at most `limit` after a cursor. */
export function readInvitations(
  deps: Deps,
  appId: string,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly Invitation[]> {
  return listInvitations(deps.db, appId, { before: after ?? END_OF_TIME, limit });
}

/** The open invitation of an address that its owner has proven; null without one. */
export function readInvitation(deps: Deps, appId: string, provenEmail: string): Promise<Invitation | null> {
  return findOpenInvitation(deps.db, appId, foldEmail(provenEmail));
}

/** Takes an invitation back, and its mail, unless that has gone; who has joined by it stays. A repeat changes nothing. Fails with `not_found`. */
export async function withdrawInvitation(
  deps: Deps,
  appId: string,
  { actor, invitationId }: { actor: string; invitationId: string },
): Promise<Result<null>> {
  const now = deps.now();
  const email = await findInvitedEmail(deps.db, appId, invitationId);
  const key = await invitationMailKey(deps, appId, email ?? "");
  const entry = { id: deps.newId("aud"), actor, action: "invitation.withdrawn", object: appId, now };
  const results = await deps.db.batch([
    withdraw(appId, invitationId, now),
    insertAuditOfChange(appId, entry),
    endMailOfInvitation(appId, { invitationId, key, now }),
    askInvitation(appId, invitationId),
  ]);
  return results.at(-1)?.length === 1 ? ok(null) : fail("not_found", "No such invitation.");
}
