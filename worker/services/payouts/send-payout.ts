import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { isKeyTrusted, LONGEST_WAIT_MS, SENDING_MS, waitAfter } from "../../domain/transfer-timing.ts";
import { type StripeCredentials, StripeError } from "../../gateways/stripe/stripe.ts";
import { findPayoutPolicy } from "../../store/payout-policy-store.ts";
import { readPayout, settlePayout } from "../../store/payout-store.ts";
import {
  claimPayout,
  failClaimed,
  findStripePayout,
  type Lease,
  putOffPayout,
  raiseAttempt,
  readClaim,
  readRaised,
  type StripePayout,
} from "../../store/transfer-store.ts";
import { findCredentials } from "./find-payer.ts";
import { type Found, findTransfer } from "./find-transfer.ts";
import { accountOf } from "./sealed-method.ts";

/**
 * What became of a payout. `settled`: the transfer is made and written down. `failed`: Stripe refuses it for good, and what it
 * took is given back. `waits`: nothing is known, it is asked again later. `silent`: that, because Stripe gave no answer at all.
 * `taken`: another runner has it, it is not due, or there is nothing to send.
 */
export type SendOutcome = "settled" | "failed" | "waits" | "silent" | "taken";

/** One payout in the hands of one runner. */
interface Sending {
  readonly payout: StripePayout;
  readonly destination: string;
  readonly credentials: StripeCredentials;
  readonly lease: Lease;
  readonly attempt: number;
  /** When the attempt was first sent. */
  readonly sentAt: number;
  /** Nothing of this payout was ever sent before: no call of an earlier one can still be under way. */
  readonly isFirst: boolean;
}

/**
 * Sends a payout that is due as one transfer, however often and by however many it is called, and whatever is cut short: what is
 * about to be sent is written before, under a key of the payout and its attempt, which Stripe takes once; an outcome that is not
 * known is asked for under the same key. Another key follows only once it is known that the last one sent nothing. Throws
 * DbError, and when the app's key or the account cannot be read: then it is due again in ten minutes, or at once.
 */
export async function sendPayout(deps: Deps, appId: string, payoutId: string): Promise<SendOutcome> {
  const payout = await findStripePayout(deps.db, appId, payoutId);
  const policy = await findPayoutPolicy(deps.db, appId);
  if (payout === null || policy === null || payout.status !== "processing") return "taken";
  const destination = await accountOf(deps, payout);
  const credentials = await findCredentials(deps, policy, payout.payer);
  const unsendable = credentials === null ? "no_key" : destination === null ? "no_recipient" : null;

  const now = deps.now();
  const lease: Lease = { payoutId, until: now + SENDING_MS + anyMoment(deps) };
  const audit = auditOf(deps, { payoutId, action: "payout.failed", after: { error: unsendable ?? "no_key" } });
  const claim = readClaim(await deps.db.batch(claimPayout(appId, { ...lease, unsendable, audit })), lease);
  if (claim.kind !== "claimed") return claim.kind;
  if (credentials === null || destination === null) {
    // With nobody to ask, what was sent before is not known to be nothing.
    return putOff(deps, appId, lease, { error: unsendable ?? "no_key" });
  }
  const { attempt, sentBefore } = claim;
  const isFirst = sentBefore === null && attempt === 1;
  const sending = { payout, destination, credentials, lease, attempt, sentAt: sentBefore ?? now, isFirst };
  return isKeyTrusted(sending.sentAt, now) ? send(deps, appId, sending) : sendAnew(deps, appId, sending);
}

async function send(deps: Deps, appId: string, sending: Sending): Promise<SendOutcome> {
  const { payout, destination, credentials, lease, attempt, sentAt, isFirst } = sending;
  const { amountCents, currency } = payout;
  try {
    const request = { payoutId: payout.id, attempt, appId, amountCents, currency, destination };
    return await settle(deps, appId, lease, await deps.stripe.transfer(credentials, request));
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    logRefusal(deps, appId, payout.id, error);
    if (error.kind === "unavailable") {
      await putOff(deps, appId, lease, { error: error.code ?? "no_answer", waitMs: waitAfter(sentAt, deps.now()) });
      return error.code === null ? "silent" : "waits";
    }
    // What was sent before without an answer may have arrived all the same, and a key may have been forgotten.
    const found: Found = isFirst ? { kind: "known", transfer: null } : await findTransfer(deps, credentials, sending);
    if (found.kind !== "known") return putOff(deps, appId, lease, { error: error.code ?? "refused" });
    if (found.transfer !== null) return settle(deps, appId, lease, found.transfer);
    return failUnsent(deps, appId, { lease, attempt }, error.code ?? "refused");
  }
}

/**
 * Sends what has had no answer for so long that Stripe may no longer know its key. It is looked up first: the last repeat was
 * minutes ago at least, so what it sent is there to be seen. If there is nothing, nothing was sent and another key is safe; that
 * only the runner that has the payout raises the attempt, and from the one it looked up, keeps two from sending two.
 */
async function sendAnew(deps: Deps, appId: string, sending: Sending): Promise<SendOutcome> {
  const { lease, attempt, credentials } = sending;
  const found = await findTransfer(deps, credentials, sending);
  if (found.kind !== "known") return putOff(deps, appId, lease, { error: "not_found_yet" });
  if (found.transfer !== null) return settle(deps, appId, lease, found.transfer);
  const sentAt = deps.now();
  const raise = { ...lease, attempt };
  const raised = await deps.db.batch(raiseAttempt(appId, { ...raise, sentAt }));
  if (!readRaised(raised, raise)) return "taken";
  return send(deps, appId, { ...sending, attempt: attempt + 1, sentAt });
}

async function settle(deps: Deps, appId: string, { payoutId }: Lease, reference: string): Promise<SendOutcome> {
  const audit = auditOf(deps, { payoutId, action: "payout.settled", after: { reference } });
  const payout = readPayout(await deps.db.batch(settlePayout(appId, { payoutId, reference, audit })));
  assert(payout !== null, "a payout stays");
  if (payout.status === "settled") return "settled";
  // Somebody said by hand that it had failed: the books have given back what the creator has.
  deps.log({ level: "error", work: "payouts", app: appId, payout: payoutId, error: `${reference} of a failed payout` });
  return "failed";
}

/** Fails a payout of which nothing was sent, while this runner has it. */
async function failUnsent(
  deps: Deps,
  appId: string,
  { lease, attempt }: { readonly lease: Lease; readonly attempt: number },
  error: string,
): Promise<SendOutcome> {
  const audit = auditOf(deps, { payoutId: lease.payoutId, action: "payout.failed", after: { error } });
  const payout = readPayout(await deps.db.batch(failClaimed(appId, { ...lease, attempt, error, audit })));
  return payout?.status === "failed" ? "failed" : "taken";
}

async function putOff(
  deps: Deps,
  appId: string,
  lease: Lease,
  { error, waitMs = LONGEST_WAIT_MS }: { readonly error: string; readonly waitMs?: number },
): Promise<SendOutcome> {
  await deps.db.batch([putOffPayout(appId, { ...lease, nextAt: deps.now() + waitMs, error })]);
  return "waits";
}

/** Tells two runners apart that claim a payout in the same millisecond: up to a minute, by two random bytes. */
function anyMoment(deps: Deps): number {
  const [high = 0, low = 0] = deps.randomBytes(2);
  return high * 256 + low;
}

function auditOf(deps: Deps, { payoutId, action, after }: { payoutId: string; action: string; after: object }) {
  return { id: deps.newId("aud"), actor: "stripe", action, object: payoutId, after, now: deps.now() };
}

function logRefusal(deps: Deps, appId: string, payoutId: string, error: StripeError): void {
  deps.log({ level: "error", work: "payouts", app: appId, payout: payoutId, error: String(error) });
}
