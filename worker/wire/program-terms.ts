import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { InvitationDraft } from "../services/affiliates/invite-affiliate.ts";
import type { TagChange } from "../services/programs/change-tag-choice.ts";
import type { Invitation } from "../store/invitation-store.ts";
import type { TagChoice } from "../store/tag-store.ts";
import type { ProgramTerms } from "../store/terms-store.ts";
import type { JsonObject } from "./body.ts";
import { check, email, optional, percent, text, wholeNumber } from "./fields.ts";
import { percentOf } from "../domain/percent.ts";
import { iso } from "./time.ts";

/** Pages of fine print; the schema holds the same. */
const MAX_TERMS_LENGTH = 10_000;
/** What Chrome lets a cookie live at most (developer.chrome.com/blog/cookie-max-age-expires). */
const MAX_COOKIE_DAYS = 400;

/** The fields of a body that hold prose: longer than a name, with line breaks. */
export const PROSE = ["text"] as const;

/** Text of several lines: each ends with a line feed, however the sender's system ends lines. */
const prose = v.pipe(
  v.string("must be a string"),
  v.transform((value) => value.replace(/\r\n?/g, "\n").trim()),
  v.maxLength(MAX_TERMS_LENGTH, `must not be longer than ${MAX_TERMS_LENGTH} characters`),
  v.check(
    (value) => !/\p{Cc}/u.test(value.replace(/[\n\t]/g, "")) && value.isWellFormed(),
    "must hold no control characters",
  ),
);

export const TermsSchema = v.object({ text: prose });
export const TagSchema = v.object({
  cookie_days: optional(wholeNumber(1, MAX_COOKIE_DAYS)),
  attribution: optional(v.picklist(["last", "first"], "must be last or first")),
});
export const InvitationSchema = v.object({ email, name: optional(text), commission_percent: optional(percent) });

/** The owner's own terms: text with line breaks; empty takes them away. */
export function parseTerms(body: JsonObject): Result<{ readonly text: string }> {
  return check(TermsSchema, body);
}

export function parseTagChange(body: JsonObject): Result<TagChange> {
  const parsed = check(TagSchema, body);
  if (!parsed.ok) return parsed;
  const { cookie_days: cookieDays, attribution } = parsed.value;
  return ok({ cookieDays, attribution });
}

export function parseInvitation(body: JsonObject): Result<InvitationDraft> {
  const parsed = check(InvitationSchema, body);
  if (!parsed.ok) return parsed;
  const { commission_percent: rateBps, ...rest } = parsed.value;
  return ok({ ...rest, rateBps });
}

export function presentTerms({ version, text: said, createdAt }: ProgramTerms) {
  return { version, text: said, created_at: createdAt === null ? null : iso(createdAt) };
}

export function presentTag({ cookieDays, attribution, changedAt }: TagChoice) {
  return { cookie_days: cookieDays, attribution, changed_at: changedAt === null ? null : iso(changedAt) };
}

export function presentInvitation({ id, email: to, name, rateBps, createdAt, acceptedAt }: Invitation) {
  return {
    id,
    email: to,
    name,
    commission_percent: rateBps === null ? null : percentOf(rateBps),
    created_at: iso(createdAt),
    accepted_at: acceptedAt === null ? null : iso(acceptedAt),
  };
}
