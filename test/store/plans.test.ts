import { expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { openAuth } from "../../worker/services/accounts/auth.ts";
import { forgetSessions } from "../../worker/services/accounts/forget-sessions.ts";
import { readMyApp, readMyApps } from "../../worker/services/accounts/read-my-apps.ts";
import { readMyPrograms } from "../../worker/services/accounts/read-my-programs.ts";
import { readPerson } from "../../worker/services/accounts/read-person.ts";
import { removeOwner } from "../../worker/services/accounts/remove-owner.ts";
import { requestCode } from "../../worker/services/accounts/request-code.ts";
import { signIn } from "../../worker/services/accounts/sign-in.ts";
import { signOut } from "../../worker/services/accounts/sign-out.ts";
import {
  draftBulkChange,
  finishBulkChanges,
  readBulkChanges,
  readBulkLines,
} from "../../worker/services/affiliates/bulk-change.ts";
import {
  findAnyAffiliates,
  readAllAffiliates,
  readAppLines,
  readInstallation,
} from "../../worker/services/operations/read-console.ts";
import { readEndpointsInTrouble } from "../../worker/services/webhooks/read-endpoints-in-trouble.ts";
import {
  claimLine,
  countLiveCodes,
  countStatuses,
  endBulkChange,
  leaveLine,
  listLineMoney,
  startBulkChange,
} from "../../worker/store/bulk-store.ts";
import { sumApps } from "../../worker/store/console-store.ts";
import { explain, type ExplainQuery } from "../../worker/services/explain/explain.ts";
import { listAffiliateNames } from "../../worker/store/affiliate-name-store.ts";
import {
  completeAffiliate,
  findAffiliate,
  findAffiliates,
  insertAffiliate,
} from "../../worker/store/affiliate-store.ts";
import { findSuppressed, insertOptOut, suppressAddress, writeSwitch } from "../../worker/store/mail-store.ts";
import { findCommissionFact, listActive, listLastEvents, readWeek } from "../../worker/store/mail-fact-store.ts";
import {
  claimMail,
  endMail,
  endMailOfInvitation,
  expireMail,
  forgetMail,
  insertMail,
  listDueMail,
  mailOfApplication,
  mailOfDueBatch,
  mailOfEntry,
  mailOfFirstCommission,
  mailOfInvitation,
  mailOfPayout,
  mailOfSilence,
  mailOfStatus,
  mailOfWeek,
  putOffMail,
} from "../../worker/store/outbox-store.ts";
import { findInviter, inviteFriends, optOutOfInvitations } from "../../worker/store/friend-invitation-store.ts";
import {
  findAccountCode,
  findFriendCode,
  noteAccountEmail,
  shareCodeWithAffiliate,
  writeFirstCode,
  writeNextCode,
} from "../../worker/store/credit-account-store.ts";
import { readAccountCredits, writeSpend } from "../../worker/store/credit-entry-store.ts";
import {
  completeRedemption,
  listRedemptions,
  listRedemptionsOf,
  readReferrerSums,
  revokeRedemption,
  writeRedemption,
} from "../../worker/store/redemption-store.ts";
import { findTokenKeys, writeFirstTokenKey, writeNextTokenKey } from "../../worker/store/token-key-store.ts";
import { isListedOrigin } from "../../worker/store/app-store.ts";
import { insertToken, listTokens, revokeToken } from "../../worker/store/affiliate-token-store.ts";
import { listClickCounts, listNewestEvents } from "../../worker/store/activity-store.ts";
import { countWaiting, listAppDays, listEarnedDays } from "../../worker/store/app-stats-store.ts";
import { readStatement } from "../../worker/store/affiliate-statement-store.ts";
import { assignUser } from "../../worker/store/assignment-store.ts";
import {
  insertImportedAffiliates,
  insertImportedCodes,
  insertImportedReferrals,
} from "../../worker/store/import-store.ts";
import { listAudit } from "../../worker/store/audit-log.ts";
import { callParams, refuseOrigin } from "../../worker/store/call.ts";
import {
  deleteOldClicks,
  forgetSalts,
  listCodesOfClicks,
  writeClick,
  writeCountedClicks,
  writeSalt,
} from "../../worker/store/click-store.ts";
import { findPlaceBefore, listConversions } from "../../worker/store/conversion-list-store.ts";
import { writeConversion } from "../../worker/store/conversion-store.ts";
import { listCorrections, postCorrection } from "../../worker/store/correction-store.ts";
import { END_OF_TIME, START_OF_TIME } from "../../worker/store/cursor.ts";
import { eraseCustomer, listStripeNames } from "../../worker/store/customer-store.ts";
import type { Db, Statement } from "../../worker/store/db.ts";
import {
  acceptInvitation,
  askInvited,
  findOpenInvitation,
  listInvitations,
  withdrawInvitation,
  writeInvitation,
} from "../../worker/store/invitation-store.ts";
import { askTagChoice, findTagChoice, writeTagChoice } from "../../worker/store/tag-store.ts";
import { askTerms, findTerms, insertAcceptance, insertTerms } from "../../worker/store/terms-store.ts";
import { askRefusal, findJoinPolicy, listJoinAccounts } from "../../worker/store/join-store.ts";
import {
  insertCollection,
  listCollections,
  listCollectionsOf,
  listFeeDays,
  listFees,
  readFees,
} from "../../worker/store/fee-store.ts";
import {
  listAccountConversions,
  listAffiliateAccounts,
  listAppAccounts,
  listPaymentNames,
  nameAccounts,
  readAccountSums,
} from "../../worker/store/account-store.ts";
import { findCheck, listChecks } from "../../worker/store/book-check-store.ts";
import { findAppOfCode, findAppOfConversion } from "../../worker/store/story-store.ts";
import { listCodes } from "../../worker/store/code-store.ts";
import { listEarnings } from "../../worker/store/earning-store.ts";
import { findDrop, listDrops, markRerun } from "../../worker/store/drop-store.ts";
import { findConversionOfPayment } from "../../worker/store/explain-payment-store.ts";
import { changeHold, findConversion } from "../../worker/store/hold-store.ts";
import { listKeys, markKeyUsed } from "../../worker/store/key-store.ts";
import { END_OF_LEDGER, listPostings } from "../../worker/store/ledger-store.ts";
import { listOwnersOf } from "../../worker/store/owner-store.ts";
import { failPayout, listPayouts, settlePayout, writePayoutPage } from "../../worker/store/payout-store.ts";
import { insertBatch, listBatches, previewPayouts, sumPreview } from "../../worker/store/payout-batch-store.ts";
import { findPayoutMethod, insertPayoutMethod } from "../../worker/store/payout-method-store.ts";
import { writeSignup } from "../../worker/store/referral-store.ts";
import { type RefundTarget, writeRefund } from "../../worker/store/refund-store.ts";
import { findSetup } from "../../worker/store/setup-store.ts";
import { endRule, insertRule, listRules } from "../../worker/store/review-rule-store.ts";
import { countToVoid } from "../../worker/store/revoke-store.ts";
import { decide, listWaiting } from "../../worker/store/review-store.ts";
import { writeDecision } from "../../worker/store/stripe-decision-store.ts";
import { findStripeEvent, forgetEvents, listStripeEvents } from "../../worker/store/stripe-event-store.ts";
import { type FactRows, insertEvent, writeFacts } from "../../worker/store/stripe-fact-store.ts";
import { tellRefund } from "../../worker/store/stripe-return-store.ts";
import {
  findPayment,
  listDuePayments,
  noteAnswered,
  noteUnanswered,
  readPaymentObjects,
} from "../../worker/store/stripe-payment-store.ts";
import { claimPayout, failClaimed, raiseAttempt, resolvePayout } from "../../worker/store/transfer-store.ts";
import { rowsOf } from "../support/dump.ts";
import { findTarget, planMoveIn } from "../../worker/services/import/move-in.ts";
import { appOf } from "../support/explain.ts";
import { codeFor } from "../support/visitor.ts";
import { readFollowing } from "../../worker/store/status-store.ts";
import { createWorld } from "../support/world.ts";

const NOW = 1_800_000_000_000;
const BULK = { action: "suspend", reason: "r", rateBps: null } as const;
const CALL = { ...callParams({ source: "key", appId: "app_1" }, { code: "mara", now: NOW }), today: 20_000 };
const REFUND = {
  ...CALL,
  refund: "rfd_1",
  payment: "pay_1",
  source_ref: "e:1",
  body_hash: "h",
  user_id: "u1",
  conversion: "conv_1",
  payment_ref: "pi_1",
  currency: null,
  amount: 100,
};
const PUBLIC = callParams({ source: "public", appId: null, origin: null }, { code: "mara", now: NOW });
const RULE = { affiliateId: "aff_1", currency: "usd", maxEventCents: 1, maxDayCents: 1, reason: "r" };
const RULE_CHANGE = { id: "rule_1", actor: "operator", audit: "aud_1", now: NOW };
const AUDIT = {
  id: "aud_1",
  actor: "operator",
  action: "x",
  object: "x",
  reason: "r",
  now: NOW,
};
const LEASE = { payoutId: "po_1", until: NOW };
const DRAFT = {
  id: "pb_1",
  kind: "request",
  rail: "manual",
  payer: "app",
  period: null,
  affiliateId: "aff_1",
  currency: "usd",
  ownCurrency: "usd",
  defaultMinimum: 5_000,
  today: 20_000,
} as const;
const RESOLUTION = { payoutId: "po_1", reference: null, error: "e", sentUntil: NOW, policyChangedAt: NOW };
const JOINER = {
  id: "aff_1",
  accountId: "acc_1",
  email: "kim@example.test",
  emailHmac: "h",
  name: null,
  ref: "kim",
  code: "kim",
  join: { country: "NL", provenEmail: true },
  now: NOW,
};
const INVITATION = {
  id: "inv_1",
  email: "kim@example.test",
  name: null,
  rateBps: 1,
  actor: "owner",
  now: NOW,
};
const MAKER = { keyId: "key_1" };
const SCOPE = { app: "app_1", account: "acct_1", livemode: 1 } as const;
const EVENT = { id: "evt_1", type: "x", object: "in_1", subject: "cus_1", reason: null, facts: "{}", createdAt: NOW };
/** One of each kind. */
const FACTS: FactRows = {
  objects: [
    {
      id: "in_1",
      form: "invoice",
      names: ["pi_1"],
      claim: "clm_1",
      payment: "pay_1",
      customer: "cus_1",
      subscription: "sub_1",
      promotions: ["promo_1"],
      code: "mara",
      rank: 3,
      bareCode: null,
      userId: "u1",
      emailHmac: "h",
      emailMask: "m",
      currency: "usd",
      capturedCents: 100,
      baseCents: 100,
      occurredAt: NOW,
      settlement: "on_stripe",
      ofInvoice: false,
    },
  ],
  links: [{ names: ["in_1", "pi_1"], payment: "pay_2" }],
  bindings: [
    { object: "cus_1", says: "ref", value: "mara", fromAt: NOW },
    { object: "cus_1", says: "user", value: "u1", fromAt: NOW },
  ],
  customers: [{ id: "cus_1", createdAt: NOW, emailHmac: "h", emailMask: "m" }],
  charges: [{ id: "ch_1", capturedCents: 100, uncapturedCents: 0, refundedCents: 0 }],
  refunds: [
    {
      id: "re_1",
      rowId: "rfd_1",
      charge: "ch_1",
      amountCents: 1,
      currency: "usd",
      status: "succeeded",
      createdAt: NOW,
    },
  ],
  disputes: [{ id: "dp_1", charge: "ch_1", amountCents: 1, currency: "usd", status: "open", changedAt: NOW }],
};
const IMPORT_BY = { actor: "import", reason: "r", now: NOW };
const TARGETS: readonly RefundTarget[] = ["conversion", "payment", "user", "code"];

const BATCHES: readonly (readonly [string, readonly Statement[]])[] = [
  ["click", writeClick({ ...CALL, hour: 1, visitor: "v", referrer_host: null, country: null, counts: 1 })],
  [
    "delivery of queued clicks",
    writeCountedClicks("app_1", [{ code: "mara", hour: 1, visitor: "v", referrerHost: null, country: null }]),
  ],
  ["page of old clicks", deleteOldClicks("app_1", { code: "mara", beforeHour: 1, limit: 10 })],
  ["check of a browser's origin", [refuseOrigin({ ...CALL, ...PUBLIC }, "https://shop.example.test")]],
  ["note of a key's use", [markKeyUsed("app_1", { keyId: "key_1", day: 20_000 })]],
  ["day's salt", [forgetSalts(1), ...writeSalt(3, "s")]],
  [
    "signup",
    writeSignup({
      ...CALL,
      user_id: "u1",
      referral: "ref_1",
      key: "e:1",
      body_hash: "h",
      from_browser: 1,
      email_hmac: null,
      email_mask: null,
      customer_created_at: null,
      seen_at: NOW,
      audit: "aud_1",
    }),
  ],
  [
    "conversion",
    writeConversion({
      ...CALL,
      claim: "clm_1",
      conversion: "conv_1",
      payment: "pay_1",
      referral: "ref_1",
      audit: "aud_1",
      source_ref: "e:1",
      body_hash: "h",
      user_id: "u1",
      amount: 100,
      currency: null,
      payment_ref: "pi_1",
      metadata: null,
      customer_created_at: null,
      unreadable: 0,
      occurred_at: NOW,
      default_fee_bps: 500,
    }),
  ],
  [
    "page of decisions",
    decide("app_1", {
      decision: "reject",
      items: [{ id: "apv_1", conversion: "conv_1" }],
      reason: "r",
      actor: "operator",
      audit: "aud_1",
      now: NOW,
    }),
  ],
  // Without the affiliate's row: its plan names the tables that refer to it, though no insert looks into them.
  [
    "somebody who joins",
    [
      ...insertAffiliate("app_1", JOINER).slice(1),
      completeAffiliate("app_1", "aff_1", JOINER),
      ...acceptInvitation("app_1", { email: "kim@example.test", affiliateId: "aff_1", now: NOW }),
      insertAcceptance("app_1", "aff_1", { version: 1, shown: {}, now: NOW }),
      askRefusal("app_1", { ...JOINER, country: "NL", provenEmail: true }),
    ],
  ],
  ["change of an app's own terms", [insertTerms("app_1", { text: "x", actor: "owner", now: NOW }), askTerms("app_1")]],
  [
    "change of what the tag is offered with",
    [writeTagChoice("app_1", { cookieDays: 30, attribution: null, now: NOW }), askTagChoice("app_1")],
  ],
  [
    "invitation",
    [
      writeInvitation("app_1", { invitation: INVITATION, since: 0, max: 10 }),
      askInvited("app_1", INVITATION.email),
      withdrawInvitation("app_1", "inv_1", NOW),
    ],
  ],
  [
    "page of friends who are invited",
    inviteFriends("app_1", {
      account: "acc_1",
      drafts: [{ id: "finv_1", address: "a", email: "kim@example.test" }],
      fromEmail: null,
      limits: { since: 0, byAccount: 20, byApp: 1_000 },
      now: NOW,
    }),
  ],
  ["first friend code", writeFirstCode("app_1", { account: "acc_1", ref: "c", code: "c", now: NOW })],
  [
    "next friend code",
    writeNextCode("app_1", { account: "acc_1", ref: "c", code: "c", since: 0, max: 9, audit: AUDIT }),
  ],
  ["friend's e-mail", [noteAccountEmail("app_1", { account: "acc_1", emailHmac: "h", now: NOW })]],
  ["friend code that earns cash", [shareCodeWithAffiliate("app_1", "aff_1")]],
  [
    "redemption",
    writeRedemption({
      app: "app_1",
      code: "c",
      account: "acc_2",
      redemption: "rdm_1",
      country: null,
      email_hmac: "h",
      pending: 0,
      now: NOW,
    }),
  ],
  ["redemption completed", completeRedemption("app_1", { account: "acc_2", now: NOW })],
  ["redemption revoked", revokeRedemption("app_1", { audit: AUDIT, reason: "r" })],
  ["spend of credits", writeSpend("app_1", { id: "spd_1", account: "acc_1", amount: 1, reference: "r", now: NOW })],
  ["key of tokens", writeFirstTokenKey("app_1", { id: "tkk_1", sealed: "s", now: NOW })],
  ["next key of tokens", writeNextTokenKey("app_1", { id: "tkk_2", sealed: "s", endsAt: NOW, audit: AUDIT })],
  ["friend who wants no invitation", [optOutOfInvitations("app_1", { address: "a", now: NOW })]],
  [
    "token that is made",
    insertToken("app_1", {
      token: {
        id: "tok_1",
        hash: "h",
        prefix: "al_at_",
        last4: "abcd",
        affiliateId: "aff_1",
        name: "n",
        expiresAt: null,
      },
      maker: MAKER,
      maxLive: 20,
      audit: AUDIT,
    }),
  ],
  ["token that ends", revokeToken("app_1", { affiliateId: "aff_1", tokenId: "tok_1", changer: MAKER, audit: AUDIT })],
  [
    "change of a payout method",
    insertPayoutMethod("app_1", {
      id: "pm_2",
      affiliateId: "aff_1",
      kind: "other",
      sealedDetails: "x",
      label: "l",
      payer: null,
      seenId: "pm_1",
      mailId: "out_1",
      formerMailId: "out_2",
      formerTo: "kim@example.test",
      audit: AUDIT,
    }),
  ],
  [
    "mail of each fact",
    [
      insertMail("app_1", { id: "m_1", to: "kim@example.test", template: "invitation", now: NOW }),
      mailOfInvitation("app_1", { email: "kim@example.test", key: "k", now: NOW }),
      endMailOfInvitation("app_1", { invitationId: "inv_1", key: "k", now: NOW }),
      mailOfEntry("app_1", { affiliateId: "aff_1", now: NOW }),
      mailOfStatus("app_1", { affiliateId: "aff_1", status: "active", auditId: "aud_1", now: NOW }),
      mailOfWeek("app_1", { affiliateId: "aff_1", fromDay: 20_000, now: NOW }),
      mailOfFirstCommission({ app: "app_1", claimed_app: null, code: null, conversion: "conv_1", now: NOW }),
      mailOfPayout("app_1", { payoutId: "po_1", auditId: "aud_1", now: NOW }),
    ],
  ],
  [
    "mail that is claimed, put off and ended",
    [
      ...claimMail("app_1", ["m_1"], { lease: "l", until: NOW + 1, now: NOW }),
      putOffMail("app_1", { id: "m_1", lease: "l", nextAt: NOW + 1, wasTried: true }),
      endMail("app_1", { id: "m_1", lease: "l", outcome: "sent", now: NOW }),
      suppressAddress("h", { reason: "dead_address", now: NOW }),
      insertOptOut("app_1", { affiliateId: "aff_1", template: "weekly_digest", now: NOW }),
      writeSwitch("app_1", { template: "welcome", enabled: false }),
    ],
  ],
  ["page of old mails", [expireMail({ before: NOW, now: NOW, limit: 10 }), forgetMail({ before: NOW, limit: 10 })]],
  ["rule that is made", insertRule("app_1", { ...RULE_CHANGE, terms: RULE })],
  ["rule that ends", endRule("app_1", RULE_CHANGE)],
  [
    "correction",
    postCorrection("app_1", {
      id: "cor_1",
      affiliateId: "aff_1",
      currency: null,
      amountCents: 1,
      kind: "correction",
      reason: "r",
      actor: "operator",
      audit: "aud_1",
      now: NOW,
    }),
  ],
  [
    "hold",
    changeHold("app_1", {
      id: "hld_1",
      conversionId: "conv_1",
      action: "hold",
      reason: "r",
      actor: "operator",
      audit: "aud_1",
      now: NOW,
    }),
  ],
  [
    "assignment",
    assignUser("app_1", {
      referralId: "ref_1",
      userId: "u1",
      affiliateId: "aff_1",
      code: "mara",
      reason: "r",
      actor: "operator",
      audit: "aud_1",
      now: NOW,
    }),
  ],
  ["page of affiliates who move in", insertImportedAffiliates("app_1", [], IMPORT_BY)],
  ["page of codes that move in", insertImportedCodes("app_1", [], IMPORT_BY)],
  ["page of customers who move in", insertImportedReferrals("app_1", [], IMPORT_BY)],
  ["note of a call that was run again", markRerun("app_1", { seq: 1, audit: { ...AUDIT, object: "drop:1" } })],
  [
    "page of an erasure",
    eraseCustomer("app_1", { userId: "u1", limit: 10, actor: "operator", audit: "aud_1", now: NOW }),
  ],
  ["event of Stripe's, with facts of each kind", writeFacts(SCOPE, { facts: FACTS, event: EVENT, now: NOW })],
  ["event of Stripe's that tells nothing", [insertEvent(SCOPE, EVENT, NOW)]],
  [
    "decision about a payment of Stripe's",
    writeDecision({
      app: "app_1",
      payment: "pay_1",
      conversion: "conv_1",
      referral: "ref_1",
      audit: "aud_1",
      default_fee_bps: 500,
      now: NOW,
      today: 20_000,
    }),
  ],
  [
    "note that Stripe answered, or did not",
    [noteAnswered("app_1", "pay_1", NOW), noteUnanswered("app_1", "pay_1", { now: NOW, lookAt: NOW + 1 })],
  ],
  [
    "fee that is collected",
    insertCollection(
      "app_1",
      { id: "fee_1", currency: "usd", amountCents: 1, reason: "r", actor: "operator" },
      { id: "aud_1", actor: "operator", action: "fee.collected", object: "fee_1", now: NOW },
    ),
  ],
  [
    "page of a payout",
    writePayoutPage("app_1", {
      batchId: "pb_1",
      affiliateId: "aff_1",
      currency: "usd",
      payoutId: "po_1",
      page: 5_000,
      ownCurrency: "usd",
      defaultMinimum: 5_000,
      actor: "operator",
      today: 20_000,
      now: NOW,
    }),
  ],
  ["draft for one affiliate", insertBatch("app_1", { ...DRAFT, audit: AUDIT })],
  ["payout that arrived", settlePayout("app_1", { payoutId: "po_1", reference: null, audit: AUDIT })],
  ["payout that failed", failPayout("app_1", { payoutId: "po_1", error: "e", audit: AUDIT })],
  ["payout that a runner takes", claimPayout("app_1", { ...LEASE, unsendable: null, audit: AUDIT })],
  ["payout that Stripe refuses", failClaimed("app_1", { ...LEASE, attempt: 1, error: "e", audit: AUDIT })],
  ["payout that is sent anew", raiseAttempt("app_1", { ...LEASE, attempt: 1, sentAt: NOW })],
  ...(["settled", "failed"] as const).map(
    (status) =>
      [
        `payout that is resolved as ${status}`,
        resolvePayout("app_1", { ...RESOLUTION, status, audit: AUDIT }),
      ] as const,
  ),
  ["page of old events", [forgetEvents({ before: NOW, limit: 10 })]],
  [
    "refund told by Stripe's id",
    tellRefund(
      SCOPE,
      { rowId: "rfd_1", id: "re_1", charge: "ch_1", amountCents: 1, currency: "usd", bodyHash: "h" },
      NOW,
    ),
  ],
  ...TARGETS.flatMap((target) => [
    [`backend's refund by ${target}`, writeRefund(target, REFUND)] as const,
    [`public refund by ${target}`, writeRefund(target, { ...REFUND, ...PUBLIC })] as const,
  ]),
];

/**
 * A walk through a subquery's few rows is no scan, nor is one through the names in an argument (a virtual table), nor one
 * through an app's refused calls, of which 1,000 are kept, or its keys of tokens, which go when they have ended; one through a table, an index or all of an app's rows is. An app
 * has one row of `stripe_connection`, of `join_policy`, of `payout_policy` and of `tag_choice`.
 */
const WALK_OF_STORED_ROWS =
  /^SCAN (?!(?:\d+ )?CONSTANT|\w+ VIRTUAL TABLE)(?:\w+ USING|(?!\(subquery|[defkn]\b)\w+)|^SEARCH .* (?:INDEX (?!conversion_dirty|drop_by_app|sqlite_autoindex_(?:stripe_connection|join_policy|payout_policy|tag_choice|token_key)_)|PRIMARY KEY ).*\(app=\?\)/;
/** In the order of an index until their LIMIT, or the rows of one app's currencies. */
const ENDED_BY_LIMIT =
  /^(?:SCAN a USING INDEX affiliate_of_all|SEARCH a USING COVERING INDEX affiliate_by_time \(app=\?\)|SEARCH s USING PRIMARY KEY \(app=\?\)) in /;
/** Children of what is new: SQLite looks for them only after a broken constraint (FkIfZero), which ends the batch anyway. */
const NEVER_RUN =
  /^SEARCH payout USING INDEX \w+ \(app=\?\) in INSERT INTO payout_method |^(?:SCAN|SEARCH) (?:bulk_line|claim|payout_batch|payout_line|review_rule|stripe_payment) USING .* in INSERT INTO affiliate /s;
const MAKES_A_CONVERSION = /^(?:conversion|decision about a payment of Stripe's)$/;
/** A subquery whose rows are kept under its name, to be walked. */
const SUBQUERY = /^(?:MATERIALIZE|CO-ROUTINE) (\w+)/;

test.each(BATCHES)(
  "a %s costs the same with ten rows as with a million: no statement walks a table",
  async (_, batch) => {
    const { db } = await createWorld();
    expect(await walksOf(db, batch)).toEqual([]);
  },
);

test("the like of a payment is looked for among what the other teller told of its amount, and by its user", async () => {
  const { db } = await createWorld();
  const details: string[] = [];
  for (const [, batch] of BATCHES.filter(([name]) => MAKES_A_CONVERSION.test(name))) {
    for (const { sql, args } of batch) {
      const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      details.push(...plan.map((row) => String(row["detail"])));
    }
  }
  const searches = details.filter((detail) => /claim_of_stripe|claim_unnamed|conversion_alike/.test(detail));
  const ofAmount = "(app=? AND currency=? AND captured=? AND occurred_at>? AND occurred_at<?)";
  const ofUser =
    "(app=? AND affiliate=? AND currency=? AND captured=? AND user_id=? AND occurred_at>? AND occurred_at<?)";
  expect(new Set(searches)).toEqual(
    new Set([
      `SEARCH t USING INDEX claim_of_stripe ${ofAmount}`,
      `SEARCH t USING INDEX claim_unnamed ${ofAmount.replace("app=?", "app=? AND affiliate=?")}`,
      `SEARCH v USING INDEX conversion_alike ${ofUser}`,
    ]),
  );
});

test("what mails read is found by searches, and walks end with their limit", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await findSuppressed(listening, ["h"]);
  await findCommissionFact(listening, "app_1", "conv_1");
  await readWeek(listening, "app_1", { affiliateId: "aff_1", fromDay: 20_000 });
  await listActive(listening, { after: { appId: "", affiliateId: "" }, fromDay: 20_000, limit: 10 });
  await listDueMail(listening, { now: NOW, limit: 10 });
  expect(asked).toHaveLength(6);
  expect(await walksOf(db, asked)).toEqual([]);
  const plans: string[] = [];
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    plans.push(plan.map((row) => String(row["detail"])).join("; "));
  }
  expect(plans.at(-1)).toMatch(
    /SEARCH w USING INDEX outbox_urgent \(next_at<\?\).*SEARCH w USING INDEX outbox_waiting \(next_at<\?\)/,
  );
  expect(plans.at(-2)).not.toContain("TEMP B-TREE");
});

test("a mail to an app's owners walks nothing but its owners, who are fifty at most", async () => {
  const { db } = await createWorld();
  const batch = [
    mailOfApplication("app_1", { affiliateId: "aff_1", now: NOW }),
    mailOfDueBatch("app_1", { batchId: "pb_1", now: NOW }),
    mailOfSilence("app_1", { lastDay: 20_000, now: NOW }),
  ];
  const owners = expect.stringMatching(/^SEARCH w USING PRIMARY KEY \(app=\?\) in INSERT INTO outbox /);
  expect(await walksOf(db, batch)).toEqual([owners, owners, owners]);
});

test("an app's last event is found by one search, whatever codes it has", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listLastEvents(listening, { after: "", limit: 10 });
  const [{ sql, args } = { sql: "", args: [] }] = asked;
  const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
  const details = plan.map((row) => String(row["detail"]));
  expect(details.join("; ")).toMatch(/SEARCH d USING COVERING INDEX code_day_of_day \(app=\?\)$/);
});

test("a page of codes is a search that its limit ends, and looks for one old click of each", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listCodesOfClicks(listening, { after: "mara", beforeHour: 1, limit: 10 });
  expect(asked).toHaveLength(1);
  expect(await walksOf(db, asked)).toEqual([]);
});

test("a page of what waits, and of standing rules, is a walk in its order that the limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  for (const lane of ["held", "review"] as const) {
    await listWaiting(listening, "app_1", { lane, after: START_OF_TIME, limit: 10 });
  }
  await listRules(listening, "app_1", { after: START_OF_TIME, limit: 10, today: 20_000 });
  expect(asked).toHaveLength(3);
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"])).join("; ");
    expect(details).toMatch(/^SEARCH \w USING INDEX \w+ \(app=\?.* AND \(created_at,id\)>\(\?,\?\)\)/);
    expect(details).not.toContain("TEMP B-TREE");
  }
});

test("what one affiliate would be paid costs the same however many others there are, in one currency and in all", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  for (const currency of ["usd", null]) {
    const batch = { ...DRAFT, currency, now: NOW };
    await sumPreview(listening, "app_1", batch);
    await previewPayouts(listening, "app_1", { ...batch, after: START_OF_TIME, limit: 10 });
  }
  expect(asked).toHaveLength(4);
  expect(await walksOf(db, asked)).toEqual([]);
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"])).filter((detail) => /^(?:SEARCH|SCAN) [to] /.test(detail));
    expect(details).toEqual([
      expect.stringContaining("SEARCH t USING PRIMARY KEY (app=? AND affiliate=?"),
      expect.stringMatching(/^SEARCH o USING INDEX \w+ \(app=\? AND id=\?\)$/),
    ]);
  }
});

test("a page of an app's conversions is a walk in its order that its end and its limit end, whatever it is narrowed to", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const range = { before: END_OF_TIME, from: START_OF_TIME, limit: 10, now: NOW };
  await listConversions(listening, "app_1", { ...range, status: "paid", lane: "held" });
  await findPlaceBefore(listening, "app_1", { before: END_OF_TIME, count: 10 });
  expect(asked).toHaveLength(2);
  const plans = await Promise.all(
    asked.map(async ({ sql, args }) => {
      const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      return plan.map((row) => String(row["detail"])).join("; ");
    }),
  );
  expect(plans[0]).toMatch(/^SEARCH c USING INDEX conversion_of_app \(app=\? AND .*created_at>\?.*<\(\?,\?\)/);
  expect(plans[1]).toMatch(
    /^SEARCH c USING COVERING INDEX conversion_of_app \(app=\? AND \(created_at,id\)<\(\?,\?\)\)/,
  );
  for (const plan of plans) expect(plan).not.toContain("TEMP B-TREE");
});

test("whose an actor's account is, what affiliates are called, and a payment by its name, are found by their keys", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listOwnersOf(listening, "app_1", ["usr_1"]);
  await findConversionOfPayment(listening, "app_1", "pi_1");
  await listAffiliateNames(listening, "app_1", ["aff_1"]);
  expect(asked).toHaveLength(3);
  expect(await walksOf(db, asked)).toEqual([]);
});

test("what an owner's pages read is found by searches, in the order of their index, as far as their limits go", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const days = { fromDay: 20_000, scan: 10 };
  await listAppDays(listening, "app_1", days);
  await listEarnedDays(listening, "app_1", days);
  await listNewestEvents(listening, "app_1", 10);
  await listClickCounts(listening, "app_1", { fromDay: 20_000, limit: 10 });
  await countWaiting(listening, "app_1");
  await findSetup(listening, "app_1");
  expect(asked).toHaveLength(8);
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"]));
    const stored = details.filter((detail) => /^(?:SEARCH|SCAN) (?!f\b|CONSTANT|\(subquery)/.test(detail));
    expect(stored.filter((detail) => !/^SEARCH \w+ USING .*\((?:app|id|code)=\?/.test(detail))).toEqual([]);
    // What was limited may be grouped; nothing is put in order first.
    expect(details.filter((detail) => detail.includes("TEMP B-TREE FOR ORDER BY"))).toEqual([]);
    expect(sql).toMatch(/\bLIMIT\b/);
  }
});

test("an affiliate's payout method in force is found by a search, however many there were", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await findPayoutMethod(listening, "app_1", "aff_1");
  expect(asked).toHaveLength(1);
  expect(await walksOf(db, asked)).toEqual([]);
  const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${asked[0]?.sql}`, args: asked[0]?.args ?? [] });
  const details = plan.map((row) => String(row["detail"])).join("; ");
  expect(details).toContain("SEARCH l USING INDEX payout_method_of_affiliate (app=? AND affiliate=?)");
  expect(details).not.toContain("TEMP B-TREE");
});

test("a page of keys, of tokens, and of the audit log whatever its filter, is a walk in its order that the limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const filters = [null, "x"].flatMap((action) => [null, "x"].map((object) => ({ action, object })));
  for (const filter of filters) {
    for (const after of [null, END_OF_TIME]) await listAudit(listening, "app_1", { ...filter, after, limit: 10 });
  }
  await listKeys(listening, "app_1", { after: START_OF_TIME, limit: 10 });
  await listTokens(listening, "app_1", { affiliateId: "aff_1", after: START_OF_TIME, limit: 10 });
  expect(asked).toHaveLength(10);
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"])).join("; ");
    if (/a\.(?:action|object) =/.test(sql)) expect(details).toMatch(/\(app=\? AND (?:action|object)=\?/);
    expect(details).toMatch(/^SEARCH \w USING INDEX \w+ \(app=\?.* AND (?:seq<\?|\(created_at,id\)>\(\?,\?\))\)/);
    expect(details).not.toContain("TEMP B-TREE");
  }
});

test("a page of payouts, of whatever, and of batches is a walk in its order that the limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const page = { status: null, before: END_OF_TIME, limit: 10 };
  await listPayouts(listening, "app_1", { ...page, batchId: null, affiliateId: null });
  await listPayouts(listening, "app_1", { ...page, batchId: "pb_1", affiliateId: null });
  await listPayouts(listening, "app_1", { ...page, batchId: null, affiliateId: "aff_1" });
  await listBatches(listening, "app_1", page);
  const plans = await Promise.all(
    asked.map(async ({ sql, args }) => {
      const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      return plan.map((row) => String(row["detail"])).join("; ");
    }),
  );
  const place = "(created_at,id)<(?,?))";
  expect(plans).toEqual([
    `SEARCH w USING INDEX payout_by_time (app=? AND ${place}`,
    `SEARCH w USING INDEX payout_of_batch (app=? AND batch=? AND ${place}`,
    `SEARCH w USING INDEX payout_of_affiliate (app=? AND affiliate=? AND ${place}`,
    `SEARCH b USING INDEX payout_batch_by_time (app=? AND ${place}`,
  ]);
});

test("a conversion and a refused call are found by their key, a page of corrections by its affiliate", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await findConversion(listening, "app_1", "conv_1");
  await findDrop(listening, "app_1", 1);
  await listDrops(listening, "app_1", { kind: null, reason: "x", before: 9, limit: 10 });
  await listCorrections(listening, "app_1", { affiliateId: "aff_1", before: END_OF_TIME, limit: 10 });
  expect(await walksOf(db, asked)).toEqual([]);
  for (const { sql, args } of asked.slice(2)) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"])).join("; ");
    expect(details).toMatch(
      /^SEARCH \w USING INDEX \w+ \(app=\? AND (?:seq<\?|affiliate=\? AND \(created_at,id\)<\(\?,\?\))\)/,
    );
    expect(details).not.toContain("TEMP B-TREE");
  }
});

test("what is read of Stripe's payments and events is found by its key", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await findStripeEvent(listening, "app_1", "evt_1");
  await readPaymentObjects(listening, "app_1", "pay_1");
  await findPayment(listening, SCOPE, "pi_1");
  await listStripeNames(listening, "app_1", { userId: "u1", limit: 10 });
  expect(asked).toHaveLength(5);
  expect(await walksOf(db, asked)).toEqual([]);
});

test("what is read of an affiliate, and of who may join, is found by its key", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await findAffiliates(listening, "app_1", JOINER, NOW);
  await findAffiliate(listening, "app_1", "aff_1", NOW);
  await findJoinPolicy(listening, "app_1");
  await findTerms(listening, "app_1");
  await findTagChoice(listening, "app_1");
  await findOpenInvitation(listening, "app_1", "kim@example.test");
  await findInviter(listening, "app_1", "finv_1");
  expect(asked).toHaveLength(7);
  expect(await walksOf(db, asked)).toEqual([]);
});

test("what a preview counts, and a page of accounts that may join, is a walk that its limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await countToVoid(listening, "app_1", { affiliateId: "aff_1", now: NOW, limit: 10 });
  await readFollowing(listening, "app_1", { affiliateId: "aff_1", now: NOW, maxRefs: 10, maxCustomers: 10 });
  await listJoinAccounts(listening, "app_1", { after: "", limit: 10 });
  expect(asked).toHaveLength(4);
  expect(await walksOf(db, asked)).toEqual([]);
  const plans = asked.map(async ({ sql, args }) => db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args }));
  const details = (await Promise.all(plans)).map((plan) => plan.map((row) => String(row["detail"])).join("; "));
  expect(details[0]).toMatch(/SEARCH n USING INDEX conversion_by_time \(app=\? AND affiliate=\?\)/);
  // An affiliate has few codes: they are sorted.
  for (const detail of details.filter((_, index) => index !== 1))
    expect(detail).not.toContain("TEMP B-TREE FOR ORDER BY");
});

test("a page of the inbox, and of the payments that are due, is a walk in its order that the limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listStripeEvents(listening, "app_1", { before: END_OF_TIME, limit: 10 });
  await listDuePayments(listening, { now: NOW, limit: 10 });
  expect(asked).toHaveLength(2);
  // An app has one row of its settings, and a few minimums.
  const bounded = asked.filter(({ sql }) => !/FROM join_policy|payout_policy/.test(sql));
  expect(await walksOf(db, bounded)).toEqual([]);
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"])).join("; ");
    expect(details).toMatch(/^SEARCH \w USING INDEX \w+ \((?:app=\? AND \(received_at,id\)<\(\?,\?\)|look_at<\?)\)/);
    expect(details).not.toContain("TEMP B-TREE");
  }
});

test("an affiliate's codes, and what their payments of some days earn, are searches that the limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listCodes(listening, "app_1", { affiliateId: "aff_1", limit: 10 });
  await listEarnings(listening, "app_1", { affiliateId: "aff_1", from: 20_000, to: 20_030, max: 10 });
  expect(asked).toHaveLength(2);
  expect(await walksOf(db, asked)).toEqual([]);
  const plans = asked.map(({ sql, args }) => db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args }));
  const [codes, earnings] = (await Promise.all(plans)).map((plan) => plan.map((row) => String(row["detail"])));
  expect(codes?.[0]).toBe("SEARCH code USING INDEX code_by_affiliate (app=? AND affiliate=?)");
  // In the index's own order: the limit ends it before anything is sorted.
  expect(earnings?.slice(0, 2)).toEqual([
    "CO-ROUTINE n",
    "SEARCH c USING INDEX conversion_by_time (app=? AND affiliate=? AND created_at>? AND created_at<?)",
  ]);
});

test("a page of invitations is a walk in its order that the limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listInvitations(listening, "app_1", { before: END_OF_TIME, limit: 10 });
  const plans = asked.map(({ sql, args }) => db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args }));
  expect((await Promise.all(plans)).map((plan) => plan.map((row) => row["detail"]))).toEqual([
    ["SEARCH invitation USING INDEX invitation_by_time (app=? AND (created_at,id)<(?,?))"],
  ]);
});

test("what is read of friends' credits is found by its key, a page is a walk in its order that its limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const page = { after: END_OF_TIME, limit: 10, now: NOW };
  await listRedemptions(listening, "app_1", { status: null, ...page });
  await listRedemptions(listening, "app_1", { status: "pending", ...page });
  await listRedemptionsOf(listening, "app_1", { account: "acc_1", limit: 10, offset: 0, now: NOW });
  await readReferrerSums(listening, "app_1", "acc_1");
  await readAccountCredits(listening, "app_1", { account: "acc_1", after: END_OF_TIME, limit: 10 });
  await findAccountCode(listening, "app_1", "acc_1");
  await findFriendCode(listening, "app_1", { code: "c", now: NOW });
  await findTokenKeys(listening, "app_1", NOW);
  await isListedOrigin(listening, "https://shop.example.test");
  const plans = await Promise.all(asked.map(({ sql, args }) => db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args })));
  const details = plans.flatMap((plan) => plan.map((row) => String(row["detail"])));
  expect(details.filter((detail) => /^SCAN (?!(?:\d+ )?CONSTANT|\w+ VIRTUAL TABLE|\(subquery)/.test(detail))).toEqual(
    [],
  );
  const sorts = plans.flatMap((plan) => plan.filter((row) => /B-TREE/.test(String(row["detail"]))));
  // Of an app's keys two or three are believed at a time; of a referrer's redemptions of one millisecond the ids are sorted.
  expect(sorts).toHaveLength(2);
});

test("the number of an app's next event is found by one search, however many there were", async () => {
  const { db } = await createWorld();
  const [trigger] = await db.query({
    sql: "SELECT sql FROM sqlite_schema WHERE name = 'credit_entry_counts'",
    args: [],
  });
  const [number = ""] = /SELECT max\(.*?NEW\.app/.exec(String(trigger?.["sql"])) ?? [];
  const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${number.replace("NEW.app", "?1")}`, args: ["app_1"] });
  expect(plan.map((row) => row["detail"])).toEqual([expect.stringMatching(/^SEARCH e USING .*\(app=\?\)$/)]);
  expect(number).not.toContain("HAVING");
});

test("an explanation finds all that it tells by an index", async () => {
  const world = await createWorld();
  const { db, deps, call } = world;
  const app = await world.newApp();
  const found = await appOf(world, app.id);
  const sale = { ref: app.ref, user_id: "u1", amount_cents: 10_000 };
  const { conversion_id: conversionId } = (await call("/api/track/conversion", sale, { key: app.key })).body;
  await db.batch([{ sql: "UPDATE affiliate SET account_id = 'acc_1' WHERE app = ?1", args: [app.id] }]);
  const asked: Statement[] = [];
  const listening = { ...deps, db: { ...db, query: (one: Statement) => (asked.push(one), db.query(one)) } };
  const subjects: readonly ExplainQuery[] = [
    { subject: "conversion", conversionId },
    { subject: "user", userId: "u1" },
    { subject: "ref", ref: app.ref },
    { subject: "account", accountId: "acc_1" },
  ];
  for (const subject of subjects) expect(await explain(listening, found, subject)).toMatchObject({ ok: true });
  expect(asked.length).toBeGreaterThan(25);
  // An app has one row of its settings, and a few minimums.
  const bounded = asked.filter(({ sql }) => !/FROM join_policy|payout_policy/.test(sql));
  expect(await walksOf(db, bounded)).toEqual([]);
});

const POSTINGS = { affiliateId: null, currency: null, kind: null, conversionId: null };
const LEDGER_WALKS = [
  ["an app", "app_1", {}, "g USING INDEX ledger_by_time (app=? AND created_at<?)"],
  [
    "an affiliate",
    "app_1",
    { affiliateId: "aff_1" },
    "g USING COVERING INDEX ledger_by_affiliate (app=? AND affiliate=? AND currency=? AND created_at<?)",
  ],
  ["all apps", null, {}, "g USING INTEGER PRIMARY KEY (rowid<?)"],
] as const;

test.each(LEDGER_WALKS)(
  "a page of the ledger of %s is a walk in its order, and reads no more than its limit, whatever its filter",
  async (_, appId, whose, walk) => {
    const { db } = await createWorld();
    const asked: Statement[] = [];
    const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
    for (const filter of [{}, { kind: "earned", currency: "usd" } as const]) {
      const page = { ...POSTINGS, ...whose, ...filter, before: END_OF_LEDGER, limit: 10 };
      await listPostings(listening, appId, page);
    }
    for (const { sql, args } of asked) {
      const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      const details = plan.map((row) => String(row["detail"]));
      const at = details.indexOf(`SEARCH ${walk}`);
      expect(details).toContain(`SEARCH ${walk}`);
      // What is sorted there are the affiliate's few currencies, each in its order.
      if (!("affiliateId" in whose)) expect(details[at + 1]).not.toContain("TEMP B-TREE");
    }
    expect(await walksOf(db, asked)).toEqual([]);
  },
);

test("a conversion's postings, an affiliate's statement and what was collected are found by their keys", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  await listPostings(listening, "app_1", { ...POSTINGS, conversionId: "conv_1", before: END_OF_LEDGER, limit: 10 });
  const span = { affiliateId: "aff_1", currency: "usd", start: NOW, end: NOW + 1, limit: 10 };
  for (const after of [null, END_OF_LEDGER]) await readStatement(listening, "app_1", { ...span, after });
  await listCollections(listening, "app_1", { before: END_OF_TIME, limit: 10 });
  expect(asked).toHaveLength(4);
  expect(await walksOf(db, asked)).toEqual([]);
});

test("accounts, level by level, their conversions and a payment's names are found by their keys", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const page = { currency: "usd", after: "app_1", limit: 10 };
  await listAppAccounts(listening, page);
  await listAffiliateAccounts(listening, "app_1", page);
  const place = { affiliateId: "aff_1", currency: "usd", before: END_OF_TIME, limit: 10 };
  await listAccountConversions(listening, "app_1", place);
  await listPaymentNames(listening, "app_1", "pay_1");
  await nameAccounts(listening, [{ appId: "app_1", affiliateId: "aff_1" }]);
  await readAccountSums(listening, { currency: "usd", appId: "app_1", affiliateId: "aff_1" });
  await findAppOfCode(listening, "mara");
  await findAppOfConversion(listening, { conversionId: "conv_1", appId: "app_1" });
  await listFeeDays(listening, "app_1", { start: NOW, end: NOW + 1 });
  await listCollectionsOf(listening, "app_1", { start: NOW, end: NOW + 1, limit: 10 });
  await findCheck(listening, "chk_1");
  await listChecks(listening, 10);
  expect(asked).toHaveLength(12);
  // The newest checks are at the end of their index; what is named is a list that was handed in.
  const allowed = /^SCAN b USING INDEX book_check_by_time |^SCAN w /;
  expect((await walksOf(db, asked)).filter((walk) => !allowed.test(walk))).toEqual([]);
});

test("the sums of an app's accounts, and of all, add up one row an affiliate, of that currency alone", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  for (const appId of [null, "app_1"]) await readAccountSums(listening, { currency: "usd", appId, affiliateId: null });
  const details = [];
  for (const { sql, args } of asked) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    details.push(...plan.map((row) => String(row["detail"])));
  }
  expect(details).toEqual([
    "SEARCH t USING INDEX total_by_currency (currency=?)",
    "SEARCH t USING INDEX total_by_currency (currency=? AND app=?)",
  ]);
});

test("what the console shows of all apps is found by keys and indexes, whatever it is asked for", async () => {
  const { db, deps } = await createWorld();
  const asked: Statement[] = [];
  const listening: Db = {
    ...db,
    query: (statement) => (asked.push(statement), db.query(statement)),
    batch: (statements) => (asked.push(...statements), db.batch(statements)),
  };
  const page = { after: null, limit: 10 };
  const console = { ...deps, db: listening };
  const filters = ([null, "active"] as const).flatMap((status) => [null, "app_1"].map((appId) => ({ status, appId })));
  for (const filter of filters) {
    await readAllAffiliates(console, filter, page);
    await findAnyAffiliates(console, filter, { text: "mara", limit: 10 });
    await draftBulkChange(console, "a test", { ...BULK, picked: { by: "filter", filter } });
  }
  const hand = { by: "hand", affiliates: [["app_1", "aff_1"]] } as const;
  for (const picked of [hand, { by: "undo", changeId: "bulk_1" }] as const) {
    await draftBulkChange(console, "a test", { ...BULK, picked });
  }
  for (const text of ["", "shop"]) await readAppLines(console, { ...page, text });
  await sumApps(listening, ["app_1"]);
  await readEndpointsInTrouble(console, 10);
  await readBulkChanges(console, page);
  for (const state of [null, "done"] as const) await readBulkLines(console, "bulk_1", { after: 0, limit: 10, state });
  await countStatuses(listening, "bulk_1");
  await countLiveCodes(listening, "bulk_1");
  await listLineMoney(listening, "bulk_1", 20_000);
  await finishBulkChanges(console);
  await listening.batch([
    startBulkChange("bulk_1", { actor: "a test", now: NOW }),
    claimLine("bulk_1", { seq: 1, wasStatus: "active", wasBps: null }),
    leaveLine("bulk_1", { seq: 1, state: "skipped", note: "active" }),
    endBulkChange("bulk_1", NOW),
  ]);
  const walks = async () => (await walksOf(db, asked)).filter((walk) => !ENDED_BY_LIMIT.test(walk));
  expect(asked.length).toBeGreaterThan(30);
  expect(await walks()).toEqual([]);
  asked.length = 0;
  await readInstallation(console);
  // One row for each app and currency.
  expect((await walks()).filter((walk) => !walk.startsWith("SCAN s in SELECT s.currency, sum"))).toEqual([]);
});

test("the fees of a month add up the affiliates' totals, what waits, and the postings since it began", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const month = { start: NOW, end: NOW + 1 };
  await readFees(listening, "app_1", month);
  await listFees(listening, { ...month, after: null, limit: 10 });
  for (const one of asked) {
    const walks = (await walksOf(db, [one])).map((walk) => walk.split(" in ")[0]);
    expect(walks).toEqual(["SEARCH t USING PRIMARY KEY (app=?)"]);
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${one.sql}`, args: one.args });
    const details = plan.map((row) => String(row["detail"]));
    expect(details).toContain("SEARCH c USING INDEX conversion_for_review (app=? AND posted_lane=?)");
    expect(details).toContain("SEARCH l USING INDEX ledger_by_time (app=? AND created_at>?)");
  }
});

test("what a file that moves in names is found by keys and indexes", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const asked: Statement[] = [];
  const db: Db = { ...world.db, query: (statement) => (asked.push(statement), world.db.query(statement)) };
  await findTarget({ ...world.deps, db }, app.id);
  const email = "creator1@example.test";
  await planMoveIn({ db }, app.id, [
    { line: 2, row: { type: "code", email, ref: "kim", createdAt: null } },
    { line: 3, row: { type: "referral", email, ref: null, userId: "u1", customerEmail: null, createdAt: null } },
    { line: 4, row: { type: "balance", email, currency: "usd", amountCents: 1, note: null } },
  ]);
  expect(asked).toHaveLength(6);
  expect(await walksOf(world.db, asked)).toEqual([]);
});

test("who signs in, their session, and what is theirs in any app are found by keys and indexes", async () => {
  const world = await createWorld();
  const asked: Statement[] = [];
  const { db } = world;
  const listening: Db = {
    ...db,
    query: (statement) => (asked.push(statement), db.query(statement)),
    batch: (statements) => (asked.push(...statements), db.batch(statements)),
  };
  const deps = { ...world.deps, db: listening };
  const email = "mara@example.test";
  const requested = await requestCode(deps, { email, asker: "stranger" });
  const flow = requested.ok ? requested.value : expect.fail("no code");
  await signIn(deps, { email, code: codeFor(world, email), flow, oldToken: "t" });
  await (await openAuth(deps)).roll("al_session=x");
  const [session] = await rowsOf(db, "sessions");
  const read = await readPerson(deps, String(session?.["token"]));
  const person = read?.person ?? expect.fail("nobody signed in");
  for (const isOperator of [false, true]) await readMyApps(deps, { ...person, isOperator }, { after: null, limit: 10 });
  await readMyApp(deps, person, "app_1");
  await readMyPrograms(deps, person);
  await addOwner(deps, { actor: "a test", appId: "app_1", email });
  await removeOwner(deps, { by: person, appId: "app_1", email });
  for (const everywhere of [false, true]) await signOut(deps, person, { everywhere });
  await forgetSessions(deps);
  expect(asked.length).toBeGreaterThan(25);
  // An app has 50 owners at most.
  const walks = (await walksOf(db, asked)).filter((walk) => !/^SEARCH o USING PRIMARY KEY .* app_owner/s.test(walk));
  expect(walks).toEqual([]);
});

async function walksOf(db: Db, batch: readonly Statement[]): Promise<readonly string[]> {
  const walks: string[] = [];
  for (const { sql, args } of batch) {
    const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"]));
    const subqueries = new Set(details.map((detail) => SUBQUERY.exec(detail)?.[1]));
    walks.push(
      ...details
        .filter((detail) => WALK_OF_STORED_ROWS.test(detail))
        .filter((detail) => !subqueries.has(/^SCAN (\w+)(?: LEFT-JOIN)?$/.exec(detail)?.[1] ?? "a table"))
        .map((detail) => `${detail} in ${sql.trim().slice(0, 60)}`)
        .filter((walk) => !NEVER_RUN.test(walk)),
    );
  }
  return walks;
}
