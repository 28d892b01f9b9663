import { CreditSettingsSchema } from "../../worker/wire/credit-settings.ts";
import { FlagsSchema } from "../../worker/wire/flags.ts";
import { AppSchema, OperatorChangeSchema, OwnChangeSchema } from "../../worker/wire/programs.ts";
import { key, OPERATOR } from "../access.ts";
import { AppList, NewApp, OneApp } from "../answers/apps.ts";
import { answer, described, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Apps";

const SETTINGS = {
  name: "What the program is called.",
  currency: "What the app is paid in, and what amounts without a currency are in.",
  domain: "The host of the app's own site, to which links lead.",
  commission_percent: "The affiliates' share of a payment.",
  commission_from: "When `commission_percent` comes into force: at once unless said.",
  holding_days: "Days for which a commission is pending.",
  max_months: "Months from the referral for which payments count; null: for ever.",
  dedupe_seconds: "Within which the public's same call without an `event_id` is one; 0: never.",
  conversions:
    "Whose word is taken: `open` everybody's, `matched` a key's or Stripe's, `keyed` that of both referral and payment.",
  origins: "From which pages browsers may call; none: from all.",
  max_event_cents: "A payment above it is held; null: no limit.",
  max_day_cents: "What a UTC day brings above it is held; null: no limit.",
  new_customers_only: "Whether a customer whom the app knew before the referral earns nothing.",
  approval: "Whether who joins is active at once or applies.",
};
const CREDITS = described(CreditSettingsSchema, { credits: "The friend-referral program." });

export const appOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/app",
    tag,
    summary: "Read the app",
    access: key("read"),
    answers: { 200: answer("The app and its settings.", OneApp) },
  },
  {
    route: "PATCH /api/v1/app",
    tag,
    summary: "Change the app",
    description: "What is left out stays.",
    access: key("manage"),
    body: [described(OwnChangeSchema, SETTINGS), CREDITS],
    together: { commission_from: ["commission_percent"] },
    answers: { 200: answer("The app as it is now.", OneApp) },
  },
  {
    route: "POST /api/v1/apps",
    tag,
    summary: "Make an app",
    access: OPERATOR,
    body: [
      described(AppSchema, {
        name: SETTINGS.name,
        commission_percent: SETTINGS.commission_percent,
        currency: SETTINGS.currency,
        domain: SETTINGS.domain,
        mode: "Of which mode of Stripe it is. It stays so.",
      }),
    ],
    answers: { 201: answer("The app and its first key.", NewApp) },
  },
  {
    route: "GET /api/v1/apps",
    tag,
    summary: "List the apps",
    access: OPERATOR,
    query: [PAGE],
    answers: { 200: answer("A page of apps.", AppList) },
  },
  {
    route: "PATCH /api/v1/apps/:id",
    tag,
    summary: "Change any app",
    description: "As an app is changed by its own key, and what only an operator sets. What is left out stays.",
    access: OPERATOR,
    path: { id: "The app's id." },
    body: [
      described(OperatorChangeSchema, {
        ...SETTINGS,
        platform_fee_bps:
          "The platform's share of each commission, in hundredths of a percent; null: the installation's.",
        operator_funded: "Whether the operator pays the app's creators.",
      }),
      described(FlagsSchema, {
        enable_platform_referrals: "Whether the app has friend referrals; null: as the installation says.",
        enable_settings_affiliates:
          "Whether the app has the administration of affiliates; null: as the installation says.",
      }),
      CREDITS,
    ],
    together: { commission_from: ["commission_percent"] },
    answers: { 200: answer("The app as it is now.", OneApp) },
  },
];
