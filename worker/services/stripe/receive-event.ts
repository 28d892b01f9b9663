import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { fieldsOf, isPresent, millisOf, textOf } from "../../gateways/stripe/read-object.ts";
import { translateEvent, type Translation } from "../../gateways/stripe/translate.ts";
import type { Payer } from "../../store/payout-policy-store.ts";
import { type EventRow, insertEvent } from "../../store/stripe-fact-store.ts";
import { takeReturn } from "../payouts/take-return.ts";
import { disconnectAccount } from "./disconnect-account.ts";
import {
  findConnection,
  findConnectionOfAccount,
  findOwnConnection,
  type StripeConnection,
} from "./find-connection.ts";
import { prepareFacts, subjectOf } from "./prepare-facts.ts";
import { recordFacts, scopeOf } from "./record-facts.ts";

/** A delivery as it came: the raw text is what is signed. */
export interface StripeDelivery {
  readonly payload: string;
  readonly signature: string | null;
  /** The app of an endpoint of its own; null for the endpoint of the installation. */
  readonly appId: string | null;
}

/** What is known of an event, whatever it tells. */
export interface StripeEventHead {
  readonly id: string;
  readonly type: string;
  /** The connected account; empty for the endpoint's own. */
  readonly account: string;
  readonly livemode: boolean;
  readonly createdAt: number;
}

/**
 * Takes a delivery of Stripe's. Answers what became of it: `recorded`, or why it is ignored; both are final, so Stripe need
 * not send it again. Fails with `invalid_request` when no secret signed it in the last 300 seconds (one answer, also for an
 * app that is not there), and with `misconfigured` when nothing says which app the installation's own account belongs to.
 * Throws DbError when it could not be stored: Stripe sends it again, and nothing happens twice.
 */
export async function receiveEvent(deps: Deps, delivery: StripeDelivery): Promise<Result<string>> {
  // A path may hold what a database cannot bind: that is no app either.
  const appId = textOf(delivery.appId);
  const own = appId === null ? null : await findConnection(deps, appId);
  const secrets = delivery.appId === null ? deps.config.stripe.webhookSecrets : (own?.webhookSecrets ?? []);
  if (!(await deps.stripe.verify(delivery.payload, delivery.signature, secrets))) {
    return fail("invalid_request", "No signing secret of this endpoint signed this body in the last 300 seconds.");
  }
  const event = parsed(delivery.payload);
  const head = headOf(event, deps.now());
  if (head === null) return ok("unreadable");
  if (own !== null) return ok(await takeEvent(deps, own, { head, event }));
  const found = await findAddressee(deps, { head, event });
  if (found === "ambiguous") {
    return fail("misconfigured", "STRIPE_APP_ID: must name the app that this Stripe account belongs to");
  }
  const payer = head.account === "" ? "operator" : "app";
  return ok(found === null ? "no_app" : await takeEvent(deps, found, { head, event, payer }));
}

/**
 * Whose an event at the installation's endpoint is. What comes back of the installation's own transfers is the app's whose creator
 * they paid, whichever app its own account belongs to otherwise.
 */
async function findAddressee(
  deps: Deps,
  { head: { account, livemode }, event }: { readonly head: StripeEventHead; readonly event: unknown },
): Promise<StripeConnection | "ambiguous" | null> {
  if (account !== "") return findConnectionOfAccount(deps, { account, livemode });
  const translation = translateEvent(event);
  if (translation.kind === "returned") return findConnection(deps, translation.reversal.appId);
  return findOwnConnection(deps, { livemode });
}

/**
 * Records an event for the app whose account it is of: its line in the inbox, what it tells, and what follows. `payer`: whose
 * transfers the account sends. Answers `recorded`, or why it is ignored. Throws DbError.
 */
export async function takeEvent(
  deps: Deps,
  connection: StripeConnection,
  { head, event, payer = "app" }: { readonly head: StripeEventHead; readonly event: unknown; readonly payer?: Payer },
): Promise<string> {
  const translation = isOurs(connection, head) ?? translateEvent(event);
  if (translation.kind === "deauthorized" && head.account !== "") {
    await disconnectAccount(deps, { account: head.account, livemode: head.livemode, toldAt: head.createdAt });
  }
  const line = { id: head.id, type: head.type, createdAt: head.createdAt, object: null, subject: null, facts: null };
  if (translation.kind === "returned") {
    const { reversal } = translation;
    return takeReturn(deps, connection.appId, {
      reversal,
      payer,
      lineOf: (reason) =>
        insertEvent(scopeOfHead(connection, head), { ...line, object: reversal.transfer, reason }, deps.now()),
    });
  }
  if (translation.kind !== "facts") {
    const reason = translation.kind === "ignored" ? translation.reason : null;
    await deps.db.batch([insertEvent(scopeOfHead(connection, head), { ...line, reason }, deps.now())]);
    return reason ?? "recorded";
  }
  const facts = await prepareFacts(deps, connection, translation.facts);
  const row: EventRow = {
    ...line,
    object: translation.object,
    subject: subjectOf(translation.facts),
    reason: null,
    facts: JSON.stringify(facts),
  };
  await recordFacts(deps, connection, { facts, event: row, account: head.account });
  return "recorded";
}

/** `evt_…`. The inbox is walked by these ids, and a cursor takes so many characters. */
const EVENT_ID = /^\w{1,64}$/;

/** Null for something that is no event of the kind that is used. */
export function headOf(event: unknown, now: number): StripeEventHead | null {
  const { id, type, account, livemode, created } = fieldsOf(event);
  const [eventId, eventType] = [textOf(id), textOf(type)];
  if (eventId === null || !EVENT_ID.test(eventId) || eventType === null || typeof livemode !== "boolean") return null;
  // Whose account that is cannot be told: it is not the endpoint's own.
  if (isPresent(account) && textOf(account) === null) return null;
  // A thin event tells its time in another form.
  return {
    id: eventId,
    type: eventType,
    account: textOf(account) ?? "",
    livemode,
    createdAt: millisOf(created) ?? now,
  };
}

/** An event of the other mode, or of an account that is not the app's, touches nothing. */
function isOurs(
  connection: StripeConnection,
  head: StripeEventHead,
): Translation | { kind: "ignored"; reason: string } | null {
  if (head.livemode !== connection.livemode) return { kind: "ignored", reason: "wrong_mode" };
  if (head.account !== "" && head.account !== connection.account) return { kind: "ignored", reason: "other_account" };
  return null;
}

function scopeOfHead(connection: StripeConnection, { account, livemode }: StripeEventHead) {
  return { ...scopeOf(connection, account), livemode: livemode ? (1 as const) : (0 as const) };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return null;
  }
}
