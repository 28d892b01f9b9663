import * as v from "valibot";
import { MAX_INVITED_A_DAY, MAX_INVITED_AT_ONCE } from "../domain/friend-invitation.ts";
import { ok, type Result } from "../domain/result.ts";
import type { InvitationOutcome, SentInvitations } from "../services/credits/send-invitations.ts";
import type { JsonObject } from "./body.ts";
import { check, email } from "./fields.ts";

/** Addresses that are none fail one by one, so here they may be anything: these fields are no names. */
export const LOOSE_FIELDS = ["email", "emails"];

export const InvitationSchema = v.object({ email });

export const InvitationsSchema = v.object({
  emails: v.pipe(
    v.array(v.string("must be a string"), "must be a list of e-mail addresses"),
    v.minLength(1, "must not be empty"),
    v.maxLength(MAX_INVITED_AT_ONCE, `must not be more than ${MAX_INVITED_AT_ONCE}`),
  ),
});

const AliasSchema = v.object({ email: v.string("must be a string") });

/** What `parseInvitationsOrOne` takes. */
export const InvitationsOrOneSchema = v.union([v.object(InvitationsSchema.entries), AliasSchema]);

/** `{email}`: one address, which must be one. */
export function parseInvitation(body: JsonObject): Result<readonly string[]> {
  const parsed = check(InvitationSchema, body);
  return parsed.ok ? ok([parsed.value.email]) : parsed;
}

/** `{emails}`: 1 to 20 texts. */
export function parseInvitations(body: JsonObject): Result<readonly string[]> {
  const parsed = check(InvitationsSchema, body);
  return parsed.ok ? ok(parsed.value.emails) : parsed;
}

/** `{emails}` or, as some clients have it, `{email}`. */
export function parseInvitationsOrOne(body: JsonObject): Result<readonly string[]> {
  if (body["emails"] !== undefined || body["email"] === undefined) return parseInvitations(body);
  const parsed = check(AliasSchema, body);
  return parsed.ok ? ok([parsed.value.email]) : parsed;
}

/** KX5: the answer for one address. */
export function presentInvitation({ results }: SentInvitations) {
  const outcome = results[0]?.outcome ?? "invalid";
  const success = outcome === "queued";
  return { success, message: success ? "Referral email sent successfully" : MESSAGES[outcome] };
}

/** KX6: the answer for many, address by address. */
export function presentInvitations({ results }: SentInvitations) {
  const sent = results.filter(({ outcome }) => outcome === "queued").length;
  return {
    success: sent > 0,
    message: `Successfully sent ${sent} out of ${results.length} emails`,
    results: results.map(({ email: address, outcome }) => ({
      email: address,
      success: outcome === "queued",
      message: MESSAGES[outcome],
    })),
    success_count: sent,
    total_count: results.length,
  };
}

/** Why an invitation was not sent, or that it was. */
const MESSAGES: Readonly<Record<InvitationOutcome, string>> = {
  queued: "Email sent successfully",
  invalid: "Invalid email address",
  own: "You cannot invite yourself",
  known: "You have invited this address already",
  account_limit: `You can invite ${MAX_INVITED_A_DAY} people within 24 hours. Try again later`,
  app_limit: "Too many invitations have been sent today. Try again later",
};
