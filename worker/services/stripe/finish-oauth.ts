import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { StripeError } from "../../gateways/stripe/stripe.ts";
import { findApp } from "../../store/app-store.ts";
import { findEmailOfUser } from "../../store/auth-store.ts";
import { findKeyById } from "../../store/key-store.ts";
import { findAppOfOwner } from "../../store/owner-store.ts";
import {
  findStateActor,
  readStateActor,
  readStripeConnection,
  useOauthState,
  writeStripeAccount,
} from "../../store/stripe-connection-store.ts";
import { sha256 } from "../hashing.ts";
import { giveBack } from "./give-back.ts";

/** The app, a point, and 32 random bytes in base64url. */
const STATE = /^(app_[\w-]{21})\.[\w-]{43}$/;
/** Who began it on a page, as `actorOf` writes it. */
const PERSON = /^(operator|user):(.+)$/;

/** The account that is connected now, and whose page the owner came from: null where a program began it. */
export interface Connected {
  readonly account: string;
  readonly pageOf: string | null;
}

/** What Stripe sends an owner back with. */
export interface OauthReturn {
  readonly state: string | null;
  /** Null when the owner declined: then there is an `error`. */
  readonly code: string | null;
  /** Who is signed in in the browser that came back, null for nobody. */
  readonly userId: string | null;
}

/**
 * Gives the app of the state the account that its owner let this installation into, in the place of an earlier one. Fails
 * with `invalid_request` for a state that is unknown, used or too old, or whose maker may not manage the app any more (one
 * answer), for an owner who declined, a code that Stripe does not take and an account of the other mode; with
 * `origin_not_allowed`, and the state still good, for a browser where not the person who began it on a page is signed in; with
 * `conflict` for an account of another app, and `unavailable` when Stripe does not answer.
 */
export async function finishOauth(deps: Deps, { state, code, userId }: OauthReturn): Promise<Result<Connected>> {
  const used = await useState(deps, state ?? "", userId);
  if (!used.ok) return used;
  if (code === null) return fail("invalid_request", "Stripe was not connected: it was declined there.");
  const exchanged = await exchange(deps, code);
  if (!exchanged.ok) return exchanged;
  const { account, livemode } = exchanged.value;
  const { appId, actor } = used.value;
  const app = await findApp(deps.db, appId, deps.now());
  if ((app?.mode === "live") !== livemode) {
    const message = `Stripe was not connected: the account was opened in ${livemode ? "live" : "test"} mode, the app is not in it.`;
    return fail("invalid_request", message);
  }
  const entry = { id: deps.newId("aud"), actor, action: "stripe.connected", object: appId, now: deps.now() };
  const results = await deps.db.batch(writeStripeAccount(appId, { account, audit: { ...entry, after: { account } } }));
  if (readStripeConnection(results.at(-1))?.account !== account) {
    return fail("conflict", "This Stripe account belongs to another app: disconnect it there first.");
  }
  const replaced = readStripeConnection(results[0])?.account ?? account;
  if (replaced !== account) giveBack(deps, replaced);
  return ok({ account, pageOf: PERSON.test(actor) ? appId : null });
}

/**
 * Uses up the state before anything else, so that of two who show it one gets nothing. A link that somebody began on a page and
 * had another open would connect that one's account: it ends in the browser it began in.
 */
async function useState(
  deps: Deps,
  state: string,
  userId: string | null,
): Promise<Result<{ readonly appId: string; readonly actor: string }>> {
  const appId = STATE.exec(state)?.[1];
  if (appId === undefined) return usedUp();
  const which = { hash: await sha256(state), now: deps.now() };
  const beganAs = PERSON.exec((await findStateActor(deps.db, appId, which)) ?? "")?.[2];
  if (beganAs !== undefined && beganAs !== userId) {
    const message = "Sign in here as whoever began to connect it, and open this address again. Nothing was connected.";
    return fail("origin_not_allowed", message);
  }
  const [used] = await deps.db.batch([useOauthState(appId, which)]);
  const actor = readStateActor(used);
  return actor !== null && (await isStillGood(deps, appId, actor)) ? ok({ appId, actor }) : usedUp();
}

function usedUp(): Result<never> {
  return fail("invalid_request", "This link is not good any more: connect Stripe once more.");
}

/** An operator, an owner of the app, or a key of it that has neither ended nor been revoked meanwhile. */
async function isStillGood(deps: Deps, appId: string, actor: string): Promise<boolean> {
  if (actor === "operator") return true;
  const person = PERSON.exec(actor);
  if (person !== null) return isStillTheirs(deps, appId, { kind: person[1] ?? "", userId: person[2] ?? "" });
  const keyId = /^key:(.+)$/.exec(actor)?.[1];
  return keyId !== undefined && (await findKeyById(deps.db, appId, { keyId, now: deps.now() })) !== null;
}

async function isStillTheirs(
  deps: Deps,
  appId: string,
  { kind, userId }: { kind: string; userId: string },
): Promise<boolean> {
  const email = await findEmailOfUser(deps.db, userId);
  if (email === null) return false;
  if (kind === "operator") return deps.config.operatorEmails.includes(email);
  return (await findAppOfOwner(deps.db, appId, { email, now: deps.now() })) !== null;
}

async function exchange(deps: Deps, code: string): Promise<Result<{ account: string; livemode: boolean }>> {
  try {
    return ok(await deps.stripe.exchange(code));
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    deps.log({ level: "error", work: "stripe connect", error: String(error) });
    return error.kind === "unavailable"
      ? fail("unavailable", "Stripe does not answer at the moment: connect it once more.")
      : fail("invalid_request", "Stripe was not connected: it did not take its own code. Connect it once more.");
  }
}
