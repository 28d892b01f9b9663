import type { Finding, FindingCode } from "./findings.ts";

/** A finding in plain words: what it means, and what can be done. */
export interface FindingWords {
  readonly message: string;
  /** Null: nothing needs to be done. */
  readonly advice: string | null;
}

/** What a finding means. A reason that is not worded apart is told by its code alone. */
export function wordsOf({ code, reason }: Pick<Finding, "code" | "reason">): FindingWords {
  return (reason === null ? undefined : BY_REASON[`${code}:${reason}`]) ?? BY_CODE[code];
}

const words = (message: string, advice: string | null = null): FindingWords => ({ message, advice });

const BY_CODE: Readonly<Record<FindingCode, FindingWords>> = {
  unknown_code: words(
    "No code by this ref was ever issued in this app.",
    "Check the spelling in the link, and that it is this app's code.",
  ),
  code_expired: words("The code has expired and brings nobody new.", "Issue another code for the affiliate."),
  code_retired: words(
    "The code was retired: it brings nobody new, and who came by it stays.",
    "Share one of the affiliate's other codes.",
  ),
  code_revoked: words("The code is dead because its affiliate was revoked."),
  credits_only: words(
    "The code earns friend credits only: its account is no affiliate.",
    "The account has to join the affiliate program.",
  ),
  affiliate_applied: words(
    "The affiliate has applied and waits for the owner: their codes bring nobody yet.",
    "Set their status to active.",
  ),
  affiliate_suspended: words(
    "The affiliate is suspended: everything is tracked and earns, and payouts leave them out.",
    "Set their status to active to pay them.",
  ),
  affiliate_revoked: words("The affiliate is revoked, for good: their codes are unknown to anybody new."),
  no_events: words(
    "Nothing was ever recorded of this user in this app.",
    "Check that signup and conversion are sent with this user_id, with this app's key or code.",
  ),
  no_referral: words(
    "Nobody referred this user: no event with a live code was recorded for them.",
    "Send a signup with the ref from the cookie, or assign the customer by hand.",
  ),
  call_refused: words("A call for this was refused.", "Look at the reason, mend the call and send it again."),
  self_referral: words("The affiliate is the customer, by account or e-mail address: it earns nothing."),
  existing_customer: words(
    "The app pays for new customers only, and this one was known more than a day before a ref was first seen for them.",
  ),
  month_limit: words("The months for which the program pays for this customer were over."),
  earns_zero: words("The commission comes to nothing."),
  duplicate: words("The payment was announced more than once, and counts once."),
  rejected: words("The owner rejected it: it is void, for good."),
  refunded: words("Money went back to the customer, and the commission with it."),
  disputed: words("The customer disputes the payment."),
  held: words("It is held: neither pending nor available.", "Approve or reject it in the review."),
  in_review: words(
    "It is shown as available and paid once the owner approves it.",
    "Approve or reject it in the review.",
  ),
  pending: words("Its holding days are not over."),
  available: words("It has matured and waits for the next payout."),
  paid: words("It was paid."),
  clawed_back: words("More of it was paid than is left: the next earnings settle the difference."),
  payout_processing: words("A payout of it is under way."),
  payout_failed: words(
    "The last payout of it failed and gave it back.",
    "Mend the payout method and run another batch.",
  ),
  below_minimum: words(
    "What is payable is below the least amount of a payout.",
    "Wait for more, or lower the minimum.",
  ),
  payouts_blocked: words("The next payout would leave the affiliate out."),
  parked: words("Stripe told of a payment that waits for more to be told."),
  closed: words(
    "Stripe told of a payment for which nothing came within 30 days.",
    "Mend what it lacked and replay its event.",
  ),
  wrong_mode: words(
    "Stripe told this app of the other mode lately: such events tell nothing, not even of whom they are.",
    "Send live events to a live app and test events to a test app.",
  ),
  program_off: words("The page is switched off.", "Switch the flag on, for the installation or for this app."),
  not_joined: words("The account is no affiliate.", "The account has to join: it gets a code then."),
  join_refused: words(
    "The account was refused when it wanted to join.",
    "Look at the reason and at the app's join policy.",
  ),
  no_clicks: words(
    "Nobody was counted on the affiliate's links.",
    "Check that the link leads to a page with the script.",
  ),
  no_signups: words("There were clicks, and nobody signed up.", "Check that the signup is sent with the cookie's ref."),
  no_conversions: words(
    "There were signups, and nobody paid.",
    "Check that payments are reported, by Stripe or by key.",
  ),
  no_redemption: words(
    "No code was redeemed for this account, nor by a friend of it.",
    "Redeem the code at the signup.",
  ),
  credits_pending: words("The redemption waits to be completed.", "Complete it when the account qualifies."),
  credits_revoked: words("An operator took the credits back."),
  capped: words("The referrer had reached the most credits that anybody can earn."),
};

/** Where the reason says more. */
const BY_REASON: Readonly<Record<string, FindingWords>> = {
  "affiliate_revoked:voided": words("The affiliate was revoked before it had matured and was clear: it is void."),
  "affiliate_revoked:later_payment": words("It was paid after its affiliate was revoked: it earns nothing."),
  "call_refused:unknown_ref": words(
    "A call named a code that was not live then.",
    "See what else is found of the code.",
  ),
  "call_refused:key_required": words(
    "A public call wanted what only a key may do.",
    "Send it from the backend, by key.",
  ),
  "call_refused:amount_out_of_range": words(
    "A call named an amount that no payment can be.",
    "Send whole minor units from 1 to 999,999,999,999.",
  ),
  "call_refused:origin_not_allowed": words(
    "A browser's call came from a page that the app does not list.",
    "Add the page's origin to the app's origins.",
  ),
  "call_refused:idempotency_mismatch": words(
    "An event_id was used again for something else.",
    "Use one event_id for one event.",
  ),
  "call_refused:refund_exceeds_conversions": words("A refund was more than what is left to refund."),
  "call_refused:currency_mismatch": words("A refund was in another currency than its conversion."),
  "duplicate:superseded": words("Another announcement of the same payment took its place: see superseded_by."),
  "duplicate:announced_again": words("Others announced the same payment, too: it counts once."),
  "earns_zero:rate": words("The rate in force was zero."),
  "earns_zero:rounded_down": words("The amount is so small that the commission is rounded down to nothing."),
  "refunded:whole": words("All of it went back to the customer: nothing is left of the commission."),
  "refunded:part": words("A part of it went back to the customer, and the same part of the commission."),
  "disputed:open": words("The customer disputes the payment: the whole commission is held until that is decided."),
  "disputed:lost": words("A dispute was lost: it took its amount like a refund."),
  "held:by_hand": words("Somebody holds it by hand.", "Release it."),
  "held:cap": words("It is over the app's amount for one payment or for a day.", "Approve or reject it in the review."),
  "held:below_mode": words(
    "The app takes only what is vouched for better than this.",
    "Report payments by key and send the ref with the signup; approve or reject this one in the review.",
  ),
  "held:self_referral": words("The customer seems to be the affiliate.", "Approve or reject it in the review."),
  "in_review:unverified": words(
    "Nobody but the public said that there was this payment.",
    "Approve or reject it in the review; better, report payments by key.",
  ),
  "in_review:no_click": words(
    "The code has more browser signups than counted clicks.",
    "Approve or reject it in the review; a backend's signup lifts it.",
  ),
  "in_review:possible_duplicate": words(
    "The same amount was announced in another way at about the same time: it may be one payment told twice.",
    "Approve or reject it in the review; give both announcements the same payment_ref.",
  ),
  "in_review:self_referral": words("The customer seems to be the affiliate.", "Approve or reject it in the review."),
  "below_minimum:minimum_not_set": words(
    "No least amount is set for this currency, so nothing is paid in it.",
    "Set a minimum for the currency.",
  ),
  "payouts_blocked:no_key": words("Stripe is to pay, and nobody's key can.", "Store a Stripe key, or pay by hand."),
  "payouts_blocked:no_method": words("The affiliate has no payout method.", "Store where they want to be paid."),
  "payouts_blocked:other_method": words(
    "The affiliate's payout method is none of those that the app pays by.",
    "Store a method for the app's rail.",
  ),
  "payouts_blocked:method_changed": words(
    "The payout method was changed lately: payouts wait for 48 hours, so that a stranger's change is found out.",
  ),
  "payouts_blocked:negative_balance": words(
    "More was paid than is left after refunds: the next earnings settle that first.",
  ),
  "payouts_blocked:revocation_under_way": words("The affiliate is revoked, and what that voids is not yet all void."),
  "parked:waits_for_payment": words("The payment is unpaid, free, or paid by credit."),
  "parked:waits_for_invoice": words("It waits an hour for an invoice that may claim it."),
  "parked:waits_for_charge": words("The invoice was sent, and may have been paid by transfer: it waits for a charge."),
  "parked:out_of_band": words("It was paid outside Stripe.", "Switch on out_of_band if such payments are to earn."),
  "parked:no_ref": words(
    "Nothing that Stripe told names a ref.",
    "Put the ref into the metadata of the payment or customer.",
  ),
  "parked:unknown_ref": words(
    "It names a ref that is no live code of this app.",
    "Correct the ref; see what is found of it.",
  ),
  "parked:bare_ref": words(
    "Its client_reference_id is a code without al-, which counts only where the app says so.",
    "Send al-CODE, or switch on bare_client_reference_ids.",
  ),
  "program_off:app": words("The page is switched off for this app.", "Switch the app's flag on."),
  "program_off:installation": words(
    "The page is switched off for the installation.",
    "Switch the flag on for this app.",
  ),
  "program_off:environment": words(
    "The page is off unless somebody switches it on, and nobody has.",
    "Switch the flag on, for the installation or for this app.",
  ),
  "no_conversions:user": words(
    "No payment of this user counts yet.",
    "Check that payments are reported, by Stripe or by key.",
  ),
  "join_refused:closed": words("Nobody may join at present.", "Open the program in the app's join policy."),
  "join_refused:account": words("Only listed accounts may join, and this one is not.", "Add the account to the list."),
  "join_refused:country": words(
    "Only accounts of some countries may join, and one that does not say its country may not.",
    "Check the country that is sent with the call.",
  ),
};

/** The findings whose reason is worded apart, as `code:reason`. */
export const REASONED: readonly string[] = Object.keys(BY_REASON);
