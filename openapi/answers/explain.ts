import * as v from "valibot";
import { FINDING_CODES } from "../../worker/domain/findings.ts";
import type { presentAccount } from "../../worker/wire/explain-account.ts";
import type { presentConversion } from "../../worker/wire/explain-conversion.ts";
import type { presentDrop, presentFinding, presentMoment, presentReferral } from "../../worker/wire/explain-parts.ts";
import type { presentBrief, presentRef, presentUser } from "../../worker/wire/explain-user.ts";
import { presented } from "../presented.ts";
import { Balance } from "./affiliates.ts";
import { cents, count, currencyCode, date, percent, time } from "./common.ts";

const words = (description: string) => v.pipe(v.string(), v.description(description));
const lane = v.picklist(["clear", "review", "held"]);
const affiliateStatus = v.picklist(["applied", "active", "suspended", "revoked"]);
const commissionStatus = v.picklist(["pending", "confirmed", "paid", "cancelled"]);
const maybe = v.nullable(v.string());
const maybeTime = v.nullable(time);

export const Finding = presented<ReturnType<typeof presentFinding>>()(
  v.strictObject({
    code: v.picklist(FINDING_CODES),
    reason: maybe,
    message: words("What it is, in a sentence."),
    advice: v.pipe(maybe, v.description("What can be done. Null to who cannot do it.")),
    since: maybeTime,
    until: maybeTime,
    count: v.pipe(count, v.description("How many of them there are.")),
  }),
);

export const Moment = presented<ReturnType<typeof presentMoment>>()(
  v.strictObject({ at: time, what: words("Of what kind it is."), detail: words("What happened, in words.") }),
);

export const RefusedCall = presented<ReturnType<typeof presentDrop>>()(
  v.strictObject({ kind: v.string(), reason: v.string(), ref: maybe, at: time }),
);

export const ExplainedReferral = presented<ReturnType<typeof presentReferral>>()(
  v.strictObject({
    id: v.string(),
    user_id: maybe,
    ref: v.string(),
    affiliate_id: v.string(),
    affiliate_status: affiliateStatus,
    event: words("What it rests on."),
    trust: v.picklist(["vouched", "public"]),
    flag: maybe,
    email: v.pipe(maybe, v.description("Masked.")),
    customer_created_at: maybeTime,
    seen_at: time,
    created_at: time,
    fixed_at: v.pipe(maybeTime, v.description("When it was settled for good.")),
    changes: v.array(v.strictObject({ at: time, action: v.string(), actor: maybe, reason: maybe, from_ref: maybe })),
  }),
);

export const BriefConversion = presented<ReturnType<typeof presentBrief>>()(
  v.strictObject({
    conversion_id: v.string(),
    ref: v.string(),
    currency: currencyCode,
    amount_cents: cents,
    refunded_cents: cents,
    net_commission_cents: cents,
    status: commissionStatus,
    lane,
    reason: maybe,
    available_at: time,
    created_at: time,
    findings: v.array(Finding),
  }),
);

const findings = v.array(Finding);
const timeline = v.array(Moment);
const refusedCalls = v.array(RefusedCall);
const counts = v.strictObject({
  clicks: count,
  signups: count,
  conversions: count,
  refunds: count,
  last_date: v.nullable(date),
});
const owner = v.strictObject({
  id: v.string(),
  name: maybe,
  status: affiliateStatus,
  status_since: maybeTime,
  created_at: time,
});

export const ExplainedUser = presented<ReturnType<typeof presentUser>>()(
  v.strictObject({
    subject: v.literal("user"),
    user_id: v.string(),
    findings,
    referral: v.nullable(ExplainedReferral),
    conversions: v.array(BriefConversion),
    refused_calls: refusedCalls,
    stripe_payments: v.array(
      v.strictObject({
        state: v.string(),
        reason: maybe,
        user_id: maybe,
        conversion_id: maybe,
        received_at: time,
        looked_at_again: maybeTime,
        objects: v.array(
          v.strictObject({
            id: v.string(),
            form: v.string(),
            ref: maybe,
            bare_ref: maybe,
            currency: v.nullable(currencyCode),
            amount_cents: v.nullable(cents),
          }),
        ),
      }),
    ),
    codes: v.array(v.strictObject({ ref: v.string(), findings })),
    timeline,
  }),
);

export const ExplainedRef = presented<ReturnType<typeof presentRef>>()(
  v.strictObject({
    subject: v.literal("ref"),
    ref: v.string(),
    state: v.string(),
    findings,
    affiliate: v.nullable(owner),
    expires_at: maybeTime,
    created_at: maybeTime,
    counts,
    referrals: v.strictObject({ count, exact: v.boolean() }),
    refused_calls: refusedCalls,
    timeline,
  }),
);

export const ExplainedAccount = presented<ReturnType<typeof presentAccount>>()(
  v.strictObject({
    subject: v.literal("account"),
    account_id: v.string(),
    symptoms: v.array(v.strictObject({ symptom: v.string(), ok: v.boolean(), findings })),
    affiliate: v.nullable(owner),
    flags: v.strictObject({
      platform_referrals: v.strictObject({
        enabled: v.boolean(),
        from: v.picklist(["app", "installation", "environment"]),
      }),
      settings_affiliates: v.strictObject({
        enabled: v.boolean(),
        from: v.picklist(["app", "installation", "environment"]),
      }),
    }),
    join: v.strictObject({
      accounts: v.picklist(["all", "listed", "none"]),
      countries: v.array(v.string()),
      listed: v.boolean(),
      changed_at: maybeTime,
    }),
    redemptions: v.array(
      v.strictObject({
        id: v.string(),
        role: v.string(),
        account_id: v.string(),
        status: v.string(),
        credits: count,
        reason: maybe,
        created_at: time,
        completed_at: maybeTime,
        revoked_at: maybeTime,
      }),
    ),
    refused_calls: refusedCalls,
    program: v.nullable(
      v.strictObject({
        codes: v.array(v.strictObject({ ref: v.string(), state: v.string(), expires_at: maybeTime })),
        counts,
        balances: v.array(Balance),
        payouts: v.array(
          v.strictObject({
            currency: currencyCode,
            payable_cents: cents,
            in_review_cents: cents,
            minimum_cents: v.nullable(cents),
            left_out: maybe,
          }),
        ),
        conversions: v.array(BriefConversion),
        refused_calls: refusedCalls,
      }),
    ),
    timeline,
  }),
);

export const ExplainedConversion = presented<ReturnType<typeof presentConversion>>()(
  v.strictObject({
    subject: v.literal("conversion"),
    conversion_id: v.string(),
    user_id: maybe,
    ref: v.string(),
    affiliate_id: v.string(),
    currency: currencyCode,
    status: commissionStatus,
    trust: v.picklist(["verified", "matched", "unverified"]),
    created_at: time,
    findings,
    referral: v.nullable(ExplainedReferral),
    claims: v.array(
      v.strictObject({
        id: v.string(),
        source: v.picklist(["stripe", "key", "public"]),
        form: v.string(),
        ref: maybe,
        affiliate_id: maybe,
        attribution: v.nullable(v.picklist(["vouched", "public"])),
        user_id: maybe,
        payment_ref: maybe,
        currency: currencyCode,
        amount_cents: cents,
        base_cents: cents,
        conversion_id: maybe,
        occurred_at: time,
        received_at: time,
        in_force: v.boolean(),
        why: words("Why it counts, or another does."),
      }),
    ),
    rate: v.strictObject({
      rate_percent: percent,
      rate_bps: count,
      platform_fee_bps: count,
      of: maybe,
      set_bps: v.nullable(count),
      version: v.nullable(count),
      effective_from: maybeTime,
      actor: maybe,
    }),
    arithmetic: v.array(
      v.strictObject({
        step: v.picklist(["captured", "base", "refunded", "retained", "commission", "fee", "net", "void"]),
        words: v.string(),
        formula: v.string(),
        cents,
      }),
    ),
    books: v.strictObject({
      commission_cents: cents,
      platform_fee_cents: cents,
      net_commission_cents: cents,
      paid_cents: cents,
      settled: v.boolean(),
    }),
    maturation: v.strictObject({
      occurred_at: time,
      holding_days: count,
      available_at: time,
      matured: v.boolean(),
    }),
    lane: v.strictObject({ lane, entry_lane: lane, reason: maybe }),
    void: v.nullable(v.strictObject({ at: time, reason: maybe, superseded_by: maybe })),
    decisions: v.array(
      v.strictObject({ decision: v.picklist(["approve", "reject"]), reason: maybe, actor: maybe, at: time }),
    ),
    holds: v.array(v.strictObject({ action: v.picklist(["hold", "release"]), reason: maybe, actor: maybe, at: time })),
    disputes: v.array(
      v.strictObject({
        id: v.string(),
        status: v.picklist(["open", "won", "lost"]),
        amount_cents: cents,
        currency: v.nullable(currencyCode),
        opened_at: time,
        changed_at: time,
      }),
    ),
    refunds: v.array(
      v.strictObject({
        id: v.string(),
        source: v.string(),
        stripe_id: maybe,
        amount_cents: cents,
        currency: currencyCode,
        status: v.string(),
        at: time,
      }),
    ),
    payouts: v.array(
      v.strictObject({
        id: v.string(),
        batch_id: v.string(),
        status: v.string(),
        amount_cents: cents,
        payout_cents: cents,
        error: maybe,
        created_at: time,
        settled_at: maybeTime,
      }),
    ),
    postings: v.array(
      v.strictObject({
        at: time,
        kind: v.string(),
        cause: v.string(),
        fact: v.string(),
        caused_by: words("`decision`, `revocation`, `claim`, `refund`, `dispute` or `stripe`."),
        lane,
        net_cents: cents,
        fee_cents: cents,
        action: maybe,
        actor: maybe,
        reason: maybe,
      }),
    ),
    timeline,
  }),
);

export const Explanation = v.strictObject({
  explain: v.variant("subject", [ExplainedUser, ExplainedConversion, ExplainedRef, ExplainedAccount]),
});
export const ConversionExplanation = v.strictObject({ explain: ExplainedConversion });
