import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { KeyDraft } from "../services/programs/create-key.ts";
import type { IssuedKey } from "../services/programs/issue-key.ts";
import type { ApiKey } from "../store/key-store.ts";
import type { JsonObject } from "./body.ts";
import { check, instant, optional, text, wholeNumber } from "./fields.ts";
import { iso, isoDate } from "./time.ts";

const HOUR_MS = 3_600_000;
/** What a rolled key goes on for unless told: time to bring the new one to every server. */
const DEFAULT_OVERLAP_HOURS = 24;
/** A week: longer, and two keys are simply two keys. */
const MAX_OVERLAP_HOURS = 168;

const SCOPES = ["track", "read", "manage", "payouts"] as const;
const SCOPES_MESSAGE = "must be one to four of track, read, manage, payouts";

export const KeySchema = v.object({
  name: text,
  scopes: optional(
    v.pipe(
      v.array(v.picklist(SCOPES, SCOPES_MESSAGE), SCOPES_MESSAGE),
      v.minLength(1, SCOPES_MESSAGE),
      v.maxLength(SCOPES.length, SCOPES_MESSAGE),
      v.transform((asked) => SCOPES.filter((scope) => asked.includes(scope))),
    ),
  ),
  expires_at: optional(instant),
});
export const RollSchema = v.object({ overlap_hours: optional(wholeNumber(0, MAX_OVERLAP_HOURS)) });

export function parseNewKey(body: JsonObject): Result<KeyDraft> {
  const parsed = check(KeySchema, body);
  if (!parsed.ok) return parsed;
  const { expires_at: expiresAt, ...rest } = parsed.value;
  return ok({ ...rest, expiresAt });
}

/** How long the old key goes on, in milliseconds. */
export function parseRoll(body: JsonObject): Result<{ readonly overlapMs: number }> {
  const parsed = check(RollSchema, body);
  return parsed.ok ? ok({ overlapMs: (parsed.value.overlap_hours ?? DEFAULT_OVERLAP_HOURS) * HOUR_MS }) : parsed;
}

export function presentKey(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    last4: key.last4,
    scopes: key.scopes,
    created_at: iso(key.createdAt),
    expires_at: key.expiresAt === null ? null : iso(key.expiresAt),
    last_used_on: key.lastUsedOn === null ? null : isoDate(key.lastUsedOn),
  };
}

/** A new key with its secret, which no other answer shows. */
export function presentIssuedKey({ key, secretKey }: IssuedKey) {
  return { key: presentKey(key), secret_key: secretKey };
}
