import * as v from "valibot";
import type { presentCreditProgram } from "../../worker/wire/credit-settings.ts";
import type { presentApp } from "../../worker/wire/programs.ts";
import type { presentNextRate } from "../../worker/wire/rate.ts";
import { presented } from "../presented.ts";
import { cents, count, currencyCode, listOf, percent, time } from "./common.ts";
import { flags } from "./flags.ts";

export const NextRate = presented<NonNullable<ReturnType<typeof presentNextRate>>>()(
  v.strictObject({ commission_percent: percent, from: time }),
);

export const CreditProgram = presented<ReturnType<typeof presentCreditProgram>>()(
  v.strictObject({
    referrer_award: count,
    referee_award: count,
    cap: count,
    qualifying_event: v.picklist(["signup", "first_payment"]),
    bonus_when_capped: v.boolean(),
    pending_days: v.nullable(count),
    accounts: v.picklist(["all", "listed", "none"]),
    countries: v.array(v.string()),
    share_url: v.nullable(v.string()),
    about: v.nullable(v.string()),
  }),
);

export const App = presented<ReturnType<typeof presentApp>>()(
  v.strictObject({
    id: v.string(),
    name: v.string(),
    mode: v.picklist(["live", "test"]),
    currency: currencyCode,
    domain: v.nullable(v.string()),
    commission_percent: percent,
    commission_next: v.pipe(v.nullable(NextRate), v.description("A rate that is to come into force.")),
    holding_days: count,
    platform_fee_bps: v.pipe(
      count,
      v.description("The platform's share of each commission, in hundredths of a percent."),
    ),
    max_months: v.nullable(count),
    conversions: v.picklist(["open", "matched", "keyed"]),
    origins: v.array(v.string()),
    max_event_cents: v.nullable(cents),
    max_day_cents: v.nullable(cents),
    dedupe_seconds: count,
    new_customers_only: v.boolean(),
    approval: v.picklist(["auto", "manual"]),
    operator_funded: v.boolean(),
    credits: CreditProgram,
    ...flags,
    created_at: time,
  }),
);

export const OneApp = v.strictObject({ app: App });
export const AppList = listOf("apps", App);
export const NewApp = v.strictObject({
  app: App,
  secret_key: v.pipe(v.string(), v.description("The app's first key, which no other answer shows.")),
});
