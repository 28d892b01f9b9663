import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Caller } from "../../store/call.ts";
import { type DropLine, findDrop, markRerun } from "../../store/drop-store.ts";
import { type ConversionReceipt, type FriendPayment, recordConversion } from "./record-conversion.ts";
import { asKeptCall } from "./record-drop.ts";
import { recordRefund, type RefundReceipt } from "./record-refund.ts";
import { recordSignup, type SignupReceipt } from "./record-signup.ts";

/** What a call that was run again was answered. */
export type RerunOutcome =
  | { readonly kind: "signup"; readonly receipt: SignupReceipt }
  | { readonly kind: "conversion"; readonly receipt: ConversionReceipt | FriendPayment }
  | { readonly kind: "refund"; readonly receipt: RefundReceipt };

/**
 * Runs a refused call of the app's backend again, under another ref where one is given, and answers what it is answered now: the
 * same verb, and the same refusals. It is of the time it was refused at: a payment takes the rate of that day and matures from it.
 *
 * It runs under its own key, or one of its number's, so that a second run and the backend's own late repeat count once. Fails
 * with `not_found`, and with `conflict` where nothing is kept of the call.
 */
export async function rerunDrop(
  deps: Deps,
  appId: string,
  { actor, seq, ref, reason }: { actor: string; seq: number; ref: string | null; reason: string },
): Promise<Result<RerunOutcome>> {
  const drop = await findDrop(deps.db, appId, seq);
  if (drop === null) return fail("not_found", "No such call.");
  const outcome = await run(deps, { source: "key", appId }, { drop, ref });
  if (!outcome.ok) return outcome;
  const fact = factOf(outcome.value);
  const entry = { id: deps.newId("aud"), actor, action: "call.rerun", object: keyOf(drop), reason, now: deps.now() };
  await deps.db.batch(markRerun(appId, { seq, audit: { ...entry, after: { kind: drop.kind, fact, ref } } }));
  return outcome;
}

/** A refused call of an app; null for none of its. */
export function readDrop(deps: Deps, appId: string, seq: number): Promise<DropLine | null> {
  return findDrop(deps.db, appId, seq);
}

async function run(
  deps: Deps,
  caller: Caller,
  { drop, ref }: { drop: DropLine; ref: string | null },
): Promise<Result<RerunOutcome>> {
  if (drop.kind === "click" || drop.kind === "join" || drop.body === null) {
    return fail("conflict", "Nothing that could be run again is kept of this call.");
  }
  const { kind, call } = asKeptCall(drop.kind, drop.body);
  const eventId = call.eventId ?? keyOf(drop);
  const at = { occurredAt: drop.createdAt };
  switch (kind) {
    case "signup": {
      const signup = { ...call, eventId, ref: ref ?? call.ref, email: null, fromBrowser: false };
      return outcomeOf(kind, await recordSignup(deps, caller, signup, at));
    }
    case "conversion": {
      const conversion = { ...call, eventId, ref: ref ?? call.ref, metadata: null };
      return outcomeOf(kind, await recordConversion(deps, caller, conversion, at));
    }
    case "refund":
      return outcomeOf(kind, await recordRefund(deps, caller, { ...call, eventId, ref: ref ?? call.ref }));
  }
}

function outcomeOf<Kind extends string, Receipt>(kind: Kind, receipt: Result<Receipt>) {
  return receipt.ok ? ok({ kind, receipt: receipt.value }) : receipt;
}

/** What the line of the audit log is about, and the key of a call that had none. */
function keyOf(drop: DropLine): string {
  return `drop:${drop.id}`;
}

/** The id of what was recorded; null where that is for Stripe to report. */
function factOf(outcome: RerunOutcome): string | null {
  switch (outcome.kind) {
    case "signup":
      return outcome.receipt.status === "active" ? outcome.receipt.referral.id : null;
    case "conversion":
      return outcome.receipt.conversionId;
    case "refund":
      return outcome.receipt.id;
  }
}
