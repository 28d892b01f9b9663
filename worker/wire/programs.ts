import * as v from "valibot";
import type { Flags } from "../domain/flags.ts";
import { MAX_AMOUNT_CENTS } from "../domain/money.ts";
import { percentOf } from "../domain/percent.ts";
import { ok, type Result } from "../domain/result.ts";
import type { AppDraft } from "../services/programs/create-app.ts";
import type { AppChange } from "../services/programs/update-app.ts";
import type { App } from "../store/app-store.ts";
import type { JsonObject } from "./body.ts";
import { parseCreditSettings, presentCreditProgram } from "./credit-settings.ts";
import { check, currency, instant, optional, originList, percent, text, wholeNumber } from "./fields.ts";
import { parseFlags, presentFlags } from "./flags.ts";
import { presentNextRate, rateChange } from "./rate.ts";
import { iso } from "./time.ts";

const domain = v.pipe(text, v.regex(/^[a-z0-9.-]+(:\d{1,5})?$/i, "must be a host name"), v.toLowerCase());

export const AppSchema = v.object({
  name: text,
  commission_percent: percent,
  currency: v.optional(currency, "usd"),
  domain: optional(domain),
  mode: v.optional(v.picklist(["live", "test"], "must be live or test"), "live"),
});

const flag = v.pipe(v.boolean("must be true or false"), v.transform(Number));
/** The most that one event, or one day, may bring before it is held; null for no such limit. */
const cap = v.nullable(wholeNumber(1, MAX_AMOUNT_CENTS));

/** What an app may change itself. Mode and fee are read-only. */
const OWN_SETTINGS = {
  name: v.optional(text),
  currency: v.optional(currency),
  domain: v.optional(v.nullable(domain)),
  conversions: v.optional(v.picklist(["open", "matched", "keyed"], "must be open, matched or keyed")),
  origins: v.optional(originList),
  max_event_cents: v.optional(cap),
  max_day_cents: v.optional(cap),
  new_customers_only: v.optional(flag),
  approval: v.optional(v.picklist(["auto", "manual"], "must be auto or manual")),
  holding_days: v.optional(wholeNumber(0, 365)),
  max_months: v.optional(v.nullable(wholeNumber(1, 1_200))),
  dedupe_seconds: v.optional(wholeNumber(0, 3_600)),
  commission_percent: v.optional(percent),
  commission_from: v.optional(instant),
};
export const OwnChangeSchema = v.object(OWN_SETTINGS);
export const OperatorChangeSchema = v.object({
  ...OWN_SETTINGS,
  platform_fee_bps: v.optional(v.nullable(wholeNumber(0, 10_000))),
  operator_funded: v.optional(flag),
});

export function parseNewApp(body: JsonObject): Result<AppDraft> {
  const parsed = check(AppSchema, body);
  if (!parsed.ok) return parsed;
  const { commission_percent: rateBps, ...rest } = parsed.value;
  return ok({ ...rest, rateBps });
}

export function parseAppChange(body: JsonObject, { operator }: { operator: boolean }): Result<AppChange> {
  const parsed = check(operator ? OperatorChangeSchema : OwnChangeSchema, body);
  if (!parsed.ok) return parsed;
  const flags = operator ? parseFlags(body) : ok({});
  if (!flags.ok) return flags;
  const credits = parseCreditSettings(body);
  if (!credits.ok) return credits;
  const { commission_percent, commission_from, ...own } = parsed.value;
  const settings = { ...own, ...credits.value };
  const rate = rateChange({ commission_percent, commission_from });
  return rate.ok ? ok({ settings, flags: flags.value, ...rate.value }) : rate;
}

export function presentApp(app: App, { platformFeeBps, flags }: { platformFeeBps: number; flags: Flags }) {
  return {
    id: app.id,
    name: app.name,
    mode: app.mode,
    currency: app.currency,
    domain: app.domain,
    commission_percent: percentOf(app.rateBps),
    commission_next: presentNextRate(app.nextRate),
    holding_days: app.holdingDays,
    platform_fee_bps: app.platformFeeBps ?? platformFeeBps,
    max_months: app.maxMonths,
    conversions: app.conversions,
    origins: app.origins,
    max_event_cents: app.maxEventCents,
    max_day_cents: app.maxDayCents,
    dedupe_seconds: app.dedupeSeconds,
    new_customers_only: app.newCustomersOnly,
    approval: app.approval,
    operator_funded: app.operatorFunded,
    credits: presentCreditProgram(app.credits),
    ...presentFlags(flags),
    created_at: iso(app.createdAt),
  };
}
