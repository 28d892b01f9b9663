import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { IssuedToken } from "../services/affiliates/manage-tokens.ts";
import type { ApiKey } from "../store/key-store.ts";
import type { JsonObject } from "./body.ts";
import { check, instant, optional, text } from "./fields.ts";
import { presentKey } from "./keys.ts";

export const AffiliateTokenSchema = v.object({ name: text, expires_at: optional(instant) });

export function parseNewToken(body: JsonObject): Result<{ readonly name: string; readonly expiresAt: number | null }> {
  const parsed = check(AffiliateTokenSchema, body);
  return parsed.ok ? ok({ name: parsed.value.name, expiresAt: parsed.value.expires_at }) : parsed;
}

/** A token without its secret: like a key, but without scopes. */
export function presentToken(token: ApiKey) {
  const { scopes: _, ...rest } = presentKey(token);
  return rest;
}

/** A new token with its secret, which no other answer shows. */
export function presentIssuedToken({ token, secret }: IssuedToken) {
  return { token: presentToken(token), secret };
}
