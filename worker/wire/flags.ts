import * as v from "valibot";
import type { Flags, FlagState } from "../domain/flags.ts";
import { ok, type Result } from "../domain/result.ts";
import type { FlagChange, FlagLine } from "../store/flag-store.ts";
import type { JsonObject } from "./body.ts";
import { check } from "./fields.ts";
import { iso } from "./time.ts";

const flag = v.optional(v.nullable(v.boolean("must be true, false or null")));

export const FlagsSchema = v.object({ enable_platform_referrals: flag, enable_settings_affiliates: flag });

/** The flags that a body sets: null gives one back to what stands behind it. */
export function parseFlags(body: JsonObject): Result<FlagChange> {
  const parsed = check(FlagsSchema, body);
  if (!parsed.ok) return parsed;
  const { enable_platform_referrals: platformReferrals, enable_settings_affiliates: settingsAffiliates } = parsed.value;
  return ok({
    ...(platformReferrals === undefined ? {} : { platformReferrals }),
    ...(settingsAffiliates === undefined ? {} : { settingsAffiliates }),
  });
}

export function presentFlags({ platformReferrals, settingsAffiliates }: Flags) {
  return {
    enable_platform_referrals: presentFlag(platformReferrals),
    enable_settings_affiliates: presentFlag(settingsAffiliates),
  };
}

export function presentFlagLine({ id, at, actor, set: { platformReferrals, settingsAffiliates } }: FlagLine) {
  return {
    id,
    at: iso(at),
    actor,
    after: { enable_platform_referrals: platformReferrals, enable_settings_affiliates: settingsAffiliates },
  };
}

function presentFlag({ enabled, from }: FlagState) {
  return { enabled, from };
}
