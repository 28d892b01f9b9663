import * as v from "valibot";
import {
  CODE_IN_URL,
  type CreditProgram,
  MAX_ABOUT_LENGTH,
  MAX_AWARD,
  MAX_CAP,
  MAX_PENDING_DAYS,
  QUALIFYING_EVENTS,
  REFERRING_ACCOUNTS,
} from "../domain/credit-program.ts";
import { ok, type Result } from "../domain/result.ts";
import type { AppPatch } from "../store/app-store.ts";
import type { JsonObject } from "./body.ts";
import { check, countryCode, wholeNumber } from "./fields.ts";

/** As many countries as there are, and some. */
const MAX_COUNTRIES = 300;

/** Where the code may stand: in the path, the query or the fragment, never in the host. */
const shareUrl = v.pipe(
  v.string("must be a string"),
  v.trim(),
  v.check((template) => {
    const url = template.includes(CODE_IN_URL) ? template.replaceAll(CODE_IN_URL, "code") : "";
    if (!URL.canParse(url) || template.split(/[/?#]/, 3).join("").includes(CODE_IN_URL)) return false;
    const { protocol, hostname, username, password } = new URL(url);
    const isSafe = protocol === "https:" || (protocol === "http:" && /^(localhost|127\.0\.0\.1)$/.test(hostname));
    return isSafe && username === "" && password === "";
  }, `must be an https address with ${CODE_IN_URL} in its path or query`),
);

const SettingsSchema = v.object(
  {
    referrer_award: v.optional(wholeNumber(0, MAX_AWARD)),
    referee_award: v.optional(wholeNumber(0, MAX_AWARD)),
    cap: v.optional(wholeNumber(0, MAX_CAP)),
    qualifying_event: v.optional(v.picklist(QUALIFYING_EVENTS, "must be signup or first_payment")),
    bonus_when_capped: v.optional(v.pipe(v.boolean("must be true or false"), v.transform(Number))),
    pending_days: v.optional(v.nullable(wholeNumber(1, MAX_PENDING_DAYS))),
    accounts: v.optional(v.picklist(REFERRING_ACCOUNTS, "must be all, listed or none")),
    countries: v.optional(
      v.pipe(
        v.array(countryCode, "must be a list of countries"),
        v.maxLength(MAX_COUNTRIES, `must not be more than ${MAX_COUNTRIES}`),
        v.transform((countries) => [...new Set(countries)]),
      ),
    ),
    share_url: v.optional(v.nullable(shareUrl)),
    about: v.optional(
      v.nullable(
        v.pipe(
          v.string("must be a string"),
          v.trim(),
          v.nonEmpty("must not be empty"),
          v.maxLength(MAX_ABOUT_LENGTH, `must not be longer than ${MAX_ABOUT_LENGTH} characters`),
        ),
      ),
    ),
  },
  "must be an object",
);
export const creditSettings = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), "must be an object"),
  SettingsSchema,
);
export const CreditSettingsSchema = v.object({ credits: v.optional(creditSettings) });

/** The changes to the friend-referral program in an app's change, by column. Fails with `invalid_request`. */
export function parseCreditSettings(body: JsonObject): Result<AppPatch> {
  const parsed = check(CreditSettingsSchema, body);
  if (!parsed.ok) return parsed;
  const settings = Object.entries(parsed.value.credits ?? {});
  return ok(Object.fromEntries(settings.map(([name, value]) => [`credit_${name}`, value])));
}

export function presentCreditProgram(program: CreditProgram) {
  return {
    referrer_award: program.referrerAward,
    referee_award: program.refereeAward,
    cap: program.cap,
    qualifying_event: program.qualifyingEvent,
    bonus_when_capped: program.bonusWhenCapped,
    pending_days: program.pendingDays,
    accounts: program.accounts,
    countries: program.countries,
    share_url: program.shareUrl,
    about: program.about,
  };
}
