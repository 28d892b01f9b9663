import type * as v from "valibot";
import { SWITCHABLE_MAILS } from "../worker/domain/mail-template.ts";
import { isoDay } from "../worker/wire/affiliates.ts";
import { creditSettings } from "../worker/wire/credit-settings.ts";
import {
  amount,
  anyCode,
  countryCode,
  currency,
  email,
  externalId,
  instant,
  metadata,
  month,
  originList,
  percent,
  status,
  vanityRef,
} from "../worker/wire/fields.ts";
import { mailSwitches } from "../worker/wire/mails.ts";
import { DEFAULT_LIMIT, MAX_LIMIT, pageLimit } from "../worker/wire/page.ts";
import { minimums, PayoutResultSchema } from "../worker/wire/payouts.ts";
import { CookieSchema } from "../worker/wire/track.ts";
import type { JsonSchema } from "./json-schema.ts";

/** A field that many bodies and queries have: what validates it, and what cannot be read off that. */
interface FieldType {
  readonly schema: v.GenericSchema;
  readonly more?: JsonSchema;
  /** Words for its own fields, where it is an object. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Where what can be read off it is only how it comes over the wire. */
  readonly instead?: JsonSchema;
}

export const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  ExternalId: {
    schema: externalId,
    more: { description: "An id of your own: text, or a whole number, which is the same as its digits." },
  },
  Email: { schema: email, more: { format: "email", maxLength: 254, description: "An e-mail address." } },
  CurrencyCode: {
    schema: currency,
    more: { pattern: "^[A-Za-z]{3}$", description: "An ISO 4217 currency code, in small or capital letters." },
  },
  CountryCode: {
    schema: countryCode,
    more: { pattern: "^[A-Za-z]{2}$", description: "An ISO 3166-1 alpha-2 country code." },
  },
  Percent: {
    schema: percent,
    more: { description: "A percentage from 0 to 100 with at most two decimals, as text or as a number." },
  },
  Instant: { schema: instant, more: { format: "date-time", description: "An instant in ISO 8601 with its zone." } },
  Month: { schema: month, more: { pattern: "^\\d{4}-(0[1-9]|1[0-2])$", description: "A UTC month." } },
  Origins: {
    schema: originList,
    more: {
      description: "Sites as browsers name them in `Origin`: https, or http on the developer's own machine.",
    },
  },
  NewCode: {
    schema: vanityRef,
    more: {
      minLength: 3,
      maxLength: 32,
      pattern: "^[A-Za-z0-9_-]{3,32}$",
      description: "A code of your choice, with at least one letter.",
    },
  },
  Code: {
    schema: anyCode,
    more: { minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_-]{1,64}$", description: "A code." },
  },
  Metadata: {
    schema: metadata,
    more: { description: "Any JSON object, up to 4,096 characters as JSON." },
  },
  Amount: {
    schema: amount,
    more: { description: "Whole minor units of the currency: cents of a dollar, yen as they are." },
  },
  AffiliateStatus: { schema: status },
  Cookie: {
    schema: CookieSchema,
    fields: {
      domain: "The page's own domain or one above it: the registrable one unless said. Another leaves the cookie out.",
      days: "1 to 400: 60 unless said. What is out of range is brought into it.",
    },
  },
  CreditSettings: {
    schema: creditSettings,
    more: { description: "The friend-referral program. What is left out stays." },
    fields: {
      referrer_award: "Credits for who brings a friend.",
      referee_award: "Credits for the friend.",
      cap: "Credits that one account can earn by friends, ever.",
      qualifying_event: "When a friend counts.",
      bonus_when_capped: "Whether the friend gets theirs from somebody who has reached the cap.",
      pending_days: "Days until a redemption that waits expires; null: never.",
      accounts: "Which accounts may refer.",
      countries: "Which countries friends may come from; none named: all.",
      share_url: "The link that is shared, an https address with `{code}` in its path or query; null: the app's own.",
      about: "What the program says of itself.",
    },
  },
  Day: { schema: isoDay, more: { format: "date", description: "A UTC day." } },
  MailSwitches: {
    schema: mailSwitches,
    instead: {
      type: "object",
      properties: Object.fromEntries(SWITCHABLE_MAILS.map((name) => [name, { type: "boolean" }])),
      additionalProperties: false,
    },
  },
  PageLimit: {
    schema: pageLimit,
    instead: { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  },
  Minimums: {
    schema: minimums,
    more: {
      additionalProperties: { type: ["integer", "null"], minimum: 1 },
      description: "Whole minor units by ISO 4217 currency code; null ends one.",
    },
  },
  PayoutResult: {
    schema: PayoutResultSchema,
    fields: {
      payout_id: "Which payout.",
      status: "What became of it.",
      reference: "What your bank calls it.",
      reason: "Why it did not arrive.",
    },
  },
};
